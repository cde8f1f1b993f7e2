using KafkaDatasets.Learning;
using Xunit;

namespace KafkaDatasets.Tests.Learning;

/// <summary>Prequential metrics against their definitions over all rows at once.</summary>
public sealed class PrequentialTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(0.001)]
    public void Metrics_of_two_classes_are_those_of_all_rows(double scale)
    {
        var random = new Random(5);
        var rows = new List<(float Score, float Label)>();
        var metrics = new Prequential(OnlineTask.BinaryClassification, true);
        for (int i = 0; i < 4000; i++)
        {
            float label = random.Next(3) == 0 ? 1 : 0;
            float score = (float)(scale * (label - 0.4 + (2 * random.NextDouble()) - 1));
            rows.Add((score, label));
            metrics.Add([score, score], [label, i % 2 == 0 ? float.NaN : float.PositiveInfinity]);
        }

        using var stream = new MemoryStream();
        metrics.Save(new BinaryWriter(stream));
        var again = new Prequential(OnlineTask.BinaryClassification, true);
        again.Load(new BinaryReader(new MemoryStream(stream.ToArray())));
        PrequentialMetrics found = again.Metrics;
        Assert.Equal(metrics.Metrics, found);
        Assert.Equal(4000, found.Rows);
        Assert.Equal(4000, found.UnlabelledRows);
        Assert.Equal(rows.Average(r => r.Score > 0 == r.Label > 0 ? 1 : 0), found.Accuracy, 12);
        float[] positives = [.. rows.Where(r => r.Label > 0).Select(r => r.Score)];
        float[] negatives = [.. rows.Where(r => r.Label == 0).Select(r => r.Score)];
        double area = positives.Sum(p => negatives.Sum(n => p > n ? 1.0 : p == n ? 0.5 : 0)) / positives.Length / negatives.Length;
        Assert.Equal(area, found.Auc, 2e-4);
        Assert.Equal(rows.Average(r => -Math.Log(Math.Max(1e-300, r.Label > 0 ? 1 / (1 + Math.Exp(-r.Score)) : 1 / (1 + Math.Exp(r.Score))))), found.LogLoss, 1e-9 * scale);
        Assert.True(double.IsNaN(found.RootMeanSquaredError));
    }

    [Fact]
    public void Metrics_of_a_regression_are_errors()
    {
        var metrics = new Prequential(OnlineTask.Regression, false);
        metrics.Add([1, 2, float.NaN, 3], [1, 4, 5, 0]);
        Assert.Equal(3, metrics.Metrics.Rows);
        Assert.Equal(Math.Sqrt(13 / 3.0), metrics.Metrics.RootMeanSquaredError, 12);
        Assert.Equal(5 / 3.0, metrics.Metrics.MeanAbsoluteError, 12);
        Assert.True(double.IsNaN(metrics.Metrics.Auc));
    }

    [Fact]
    public void A_class_without_rows_has_no_area()
    {
        var metrics = new Prequential(OnlineTask.BinaryClassification, false);
        metrics.Add([1, -1], [1, 1]);
        Assert.True(double.IsNaN(metrics.Metrics.Auc));
        Assert.True(double.IsNaN(metrics.Metrics.LogLoss));
        Assert.Equal(0.5, metrics.Metrics.Accuracy);
    }
}
