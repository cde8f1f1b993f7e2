using CsCheck;
using KafkaDatasets.Monitoring.Joining;
using KafkaDatasets.Monitoring.Metrics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.Monitoring;

public sealed class BinaryAccumulatorTests
{
    /// <summary>The figures are those of ML.NET's evaluator.</summary>
    [Fact]
    public void Figures_are_those_of_MLNet()
    {
        var random = new Random(4);
        Row[] rows = [.. Enumerable.Range(0, 5000).Select(_ =>
        {
            float probability = MathF.Pow(random.NextSingle(), 3);
            return new Row { Label = random.NextSingle() < probability, Probability = probability, Score = probability - 0.5f, PredictedLabel = probability >= 0.5f };
        })];
        var ml = new MLContext(1);
        CalibratedBinaryClassificationMetrics wanted = ml.BinaryClassification.Evaluate(ml.Data.LoadFromEnumerable(rows));
        ModelMetrics found = Of(rows, isProbability: true);
        Assert.Equal(wanted.Accuracy, found.Accuracy, 1e-9);
        Assert.Equal(wanted.AreaUnderRocCurve, found.Auc, 1e-5);
        Assert.Equal(wanted.LogLoss * Math.Log(2), found.LogLoss, 1e-5); // ML.NET takes the logarithm to base 2

        ModelMetrics raw = Of(rows, isProbability: false);
        Assert.Equal((found.Accuracy, found.Auc), (raw.Accuracy, raw.Auc));
        Assert.True(double.IsNaN(raw.LogLoss));
        Assert.Empty(raw.Calibration);
    }

    /// <summary>The AUC is the share of pairs in the right order, ties counting half: also for values that differ only near 1, and for raw scores.</summary>
    [Fact]
    public void Auc_is_the_share_of_pairs_in_the_right_order() => Gen.Select(Gen.Int[0, 3], Gen.Int[-50, 50].Array[2, 60], Gen.Bool.Array[60]).Sample((kind, places, labels) =>
    {
        float[] values = [.. places.Select(p => kind switch { 0 => p / 100f + 0.5f, 1 => p * 3f, 2 => 1 - MathF.Pow(2, -1 - ((p + 50) / 5)), _ => MathF.Pow(2, p / 5) })];
        double pairs = 0;
        double right = 0;
        for (int i = 0; i < values.Length; i++)
        {
            for (int j = 0; j < values.Length; j++)
            {
                if (labels[i] && !labels[j])
                {
                    pairs++;
                    right += values[i] > values[j] ? 1 : values[i] == values[j] ? 0.5 : 0;
                }
            }
        }

        double auc = Of([.. values.Select((v, i) => new Row { Label = labels[i], Probability = v })], isProbability: false).Auc;
        Assert.Equal(pairs == 0 ? double.NaN : right / pairs, auc, 1e-9);
    });

    [Fact]
    public void Calibration_is_the_distance_of_probability_and_share()
    {
        // Predicts 0.25 where a half is positive, and 0.75 where all are.
        Row[] rows = [.. Enumerable.Range(0, 100).Select(i => new Row { Probability = i < 50 ? 0.25f : 0.75f, Label = i >= 50 || i % 2 == 0 })];
        ModelMetrics found = Of(rows, isProbability: true);
        Assert.Equal(0.25, found.CalibrationError, 1e-9);
        Assert.Equal((50, 0.25, 0.5), (found.Calibration[2].Rows, found.Calibration[2].MeanProbability, found.Calibration[2].PositiveShare));
        Assert.Equal((50, 0.75, 1.0), (found.Calibration[7].Rows, found.Calibration[7].MeanProbability, found.Calibration[7].PositiveShare));
        Assert.Equal(75, found.Positive);
    }

    private static ModelMetrics Of(Row[] rows, bool isProbability)
    {
        var metrics = new BinaryAccumulator(isProbability);
        foreach (Row row in rows)
        {
            metrics.Add(new JoinedRow(new Score(0, new Prediction(row.Probability, row.PredictedLabel ? 1 : 0), default, null), new Label(row.Label ? 1 : 0, default, null)));
        }

        return metrics.ToMetrics();
    }

    private sealed class Row
    {
        public bool Label { get; set; }

        public float Probability { get; set; }

        public float Score { get; set; }

        public bool PredictedLabel { get; set; }
    }
}
