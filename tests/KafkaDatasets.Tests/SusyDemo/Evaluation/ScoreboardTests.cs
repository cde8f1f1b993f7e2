using Microsoft.ML;
using Microsoft.ML.Data;
using SusyDemo.Evaluation;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Evaluation;

public sealed class ScoreboardTests
{
    [Fact]
    public void Agrees_with_what_is_counted_by_hand()
    {
        // Signals 0.9, 0.6, 0.4; backgrounds 0.7, 0.6, 0.1. Pairs won: 0.9 beats 3; 0.6 beats 0.1 and ties 0.6; 0.4 beats 0.1: 5.5 of 9.
        TestReport result = Of((true, 0.9f), (false, 0.7f), (true, 0.6f), (false, 0.6f), (true, 0.4f), (false, 0.1f));

        Assert.Equal(5.5 / 9, result.Roc.Area, 1e-12);
        Assert.Equal(3.0 / 6, result.Accuracy, 1e-12);
        Assert.Equal(6, result.Rows);
        Assert.Equal(
            [new(0, 0), new(0, 1.0 / 3), new(1.0 / 3, 1.0 / 3), new(2.0 / 3, 2.0 / 3), new(2.0 / 3, 1), new RocPoint(1, 1)], result.Roc.Points);
    }

    [Fact]
    public void Is_1_for_perfect_scores_0_for_their_opposite_and_a_half_for_all_alike()
    {
        Assert.Equal(1, Of((true, 2), (true, 1), (false, 0), (false, -1)).Roc.Area);
        Assert.Equal(0, Of((true, -1), (false, 0), (false, 1)).Roc.Area);
        Assert.Equal(0.5, Of((true, 3), (false, 3), (false, 3), (true, 3)).Roc.Area);
    }

    [Fact]
    public void Is_not_a_number_without_both_classes()
    {
        Assert.Equal(double.NaN, Of((true, 1), (true, 2)).Roc.Area);
        Assert.Equal(double.NaN, Of().Roc.Area);
        Assert.Equal(double.NaN, Of().Accuracy);
    }

    [Fact]
    public void Agrees_with_MLNET_with_many_ties()
    {
        var random = new Random(7);
        Row[] rows = [.. Enumerable.Range(0, 5000).Select(i =>
        {
            bool label = random.NextDouble() < 0.3;
            float score = MathF.Round((float)((random.NextDouble() - 0.6) * 4) + (label ? 1 : 0), 1);
            return new Row { Label = label, Score = score, PredictedLabel = score > 0, Probability = 1 / (1 + MathF.Exp(-score)) };
        })];
        var ml = new MLContext(1);

        CalibratedBinaryClassificationMetrics expected = ml.BinaryClassification.Evaluate(ml.Data.LoadFromEnumerable(rows));
        var scoreboard = new Scoreboard();
        foreach (Row row in rows)
        {
            scoreboard.Add(row.Label, row.Score, row.PredictedLabel);
        }

        TestReport result = scoreboard.Sum();
        Assert.Equal(expected.AreaUnderRocCurve, result.Roc.Area, 1e-6);
        Assert.Equal(expected.Accuracy, result.Accuracy, 1e-12);
    }

    [Fact]
    public void Is_summed_up_in_one_line()
    {
        TestReport result = Of((true, 0.9f), (true, 0.2f), (false, 0.4f), (false, 0.1f));

        Assert.Equal("test: network accuracy 0.7500 AUC 0.7500 rows 4", result.Summary("network"));
    }

    private static TestReport Of(params (bool Label, float Score)[] rows)
    {
        var scoreboard = new Scoreboard();
        foreach ((bool label, float score) in rows)
        {
            scoreboard.Add(label, score, score > 0.5f);
        }

        return scoreboard.Sum();
    }

    private sealed class Row
    {
        public bool Label { get; set; }

        public float Score { get; set; }

        public bool PredictedLabel { get; set; }

        public float Probability { get; set; }
    }
}
