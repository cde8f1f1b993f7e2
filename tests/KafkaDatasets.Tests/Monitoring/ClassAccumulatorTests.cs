using CsCheck;
using KafkaDatasets.Monitoring.Joining;
using KafkaDatasets.Monitoring.Metrics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.Monitoring;

public sealed class ClassAccumulatorTests
{
    private static readonly string[] Names = ["ant", "bee", "cat", "dog", "eel"];

    /// <summary>The figures are those of ML.NET's evaluator, also of few rows, of classes without rows, and of equal scores.</summary>
    [Fact]
    public void Figures_are_those_of_MLNet() => Gen.Select(Gen.Int, Gen.Int[2, Names.Length], Gen.OneOf(Gen.Int[1, 12], Gen.Int[500, 900])).Sample(
        (seed, classes, count) =>
        {
            var random = new Random(seed);
            Row[] rows = [.. Enumerable.Range(0, count).Select(_ => RandomRow(random, classes))];
            MulticlassClassificationMetrics wanted = Evaluate(rows, classes);
            ModelMetrics found = Of(rows, classes);
            MulticlassMetrics multiclass = found.Multiclass!;
            Assert.Equal(wanted.MicroAccuracy, found.Accuracy, 1e-9);
            Assert.Equal(wanted.MacroAccuracy, multiclass.MacroAccuracy, 1e-9);
            Assert.Equal(wanted.LogLoss, found.LogLoss, 1e-6);
            if (rows.Select(r => r.Class).Distinct().Count() > 1) // of one class the reduction is a division by zero
            {
                Assert.Equal(wanted.LogLossReduction, multiclass.LogLossReduction, 1e-5);
            }

            Assert.Equal(wanted.TopKAccuracyForAllK!, multiclass.TopAccuracies, (a, b) => Math.Abs(a - b) < 1e-9);
            for (int i = 0; i < classes; i++)
            {
                ClassMetrics one = multiclass.Classes[i];
                Assert.Equal(Names[i], one.Name);
                Assert.Equal(rows.Count(r => r.Class == i), one.Rows);

                // ML.NET gives 0 where there is nothing to divide by.
                Assert.Equal(wanted.ConfusionMatrix.PerClassPrecision[i], double.IsNaN(one.Precision) ? 0 : one.Precision, 1e-9);
                Assert.Equal(wanted.ConfusionMatrix.PerClassRecall[i], double.IsNaN(one.Recall) ? 0 : one.Recall, 1e-9);
                if (one.Rows > 0)
                {
                    Assert.Equal(wanted.PerClassLogLoss[i], one.LogLoss, 1e-6);
                }

                for (int j = 0; j < classes; j++)
                {
                    Assert.Equal(wanted.ConfusionMatrix.Counts[i][j], multiclass.Confusion[i, j]);
                }
            }
        },
        iter: 60);

    /// <summary>A class that the model does not know, a class that it alone knows, rows without scores, and scores that are no probabilities.</summary>
    [Fact]
    public void What_the_rows_do_not_tell_is_not_a_number()
    {
        var accumulator = new ClassAccumulator(["a", "b", "c"]);
        accumulator.Add(Joined(0, new Prediction(0, 0, [0.75f, 0.25f, float.NegativeInfinity])));
        accumulator.Add(Joined(2, new Prediction(0, 0, [0.75f, 0.25f, float.NegativeInfinity])));
        accumulator.Add(Joined(1, new Prediction(0, 1)));
        accumulator.Add(Joined(1, new Prediction(0, 3)));
        accumulator.Add(new JoinedRow(new Score(0, new Prediction(0, 1), default, null), null));
        ModelMetrics metrics = accumulator.ToMetrics();
        MulticlassMetrics multiclass = metrics.Multiclass!;
        Assert.Equal((4, 1, 0.5), (metrics.Rows, metrics.Unmatched, metrics.Accuracy));
        Assert.Equal((1, 1, 2L), (multiclass.Confusion[1, 3], multiclass.Confusion.UnknownPredictions, multiclass.ScoredRows));
        Assert.Equal((-Math.Log(0.75) - Math.Log(1e-15f)) / 2, metrics.LogLoss, 1e-6);
        Assert.Equal([0.5, 0.5, 1], multiclass.TopAccuracies);
        Assert.Equal((1.0, 0.5, 0.0), (multiclass.Classes[0].Recall, multiclass.Classes[1].Recall, multiclass.Classes[2].Recall));
        Assert.Equal((0.5, 1.0, double.NaN), (multiclass.Classes[0].Precision, multiclass.Classes[1].Precision, multiclass.Classes[2].Precision));
        Assert.Equal(0.5, multiclass.MacroAccuracy);
        Assert.Equal(0.25, metrics.CalibrationError, 1e-9); // says 0.75 twice, and is right once
        Assert.Throws<ArgumentOutOfRangeException>(() => multiclass.Confusion[3, 0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => multiclass.Confusion[0, 4]);

        accumulator.Add(Joined(0, new Prediction(0, 0, [2, -3, 0.5f])));
        Assert.True(double.IsNaN(accumulator.ToMetrics().LogLoss));
        Assert.Empty(accumulator.ToMetrics().Calibration);
        Assert.Equal(3, accumulator.ToMetrics().Multiclass!.ScoredRows);
    }

    [Fact]
    public void Errors_of_numbers_are_those_of_MLNet()
    {
        var random = new Random(6);
        Number[] rows = [.. Enumerable.Range(0, 3000).Select(_ => random.NextSingle() * 1000).Select(label => new Number { Label = label, Score = label + (random.NextSingle() * 50) - 20 })];
        var ml = new MLContext(1);
        Microsoft.ML.Data.RegressionMetrics wanted = ml.Regression.Evaluate(ml.Data.LoadFromEnumerable(rows));
        var accumulator = new NumberAccumulator();
        foreach (Number row in rows)
        {
            accumulator.Add(Joined(row.Label, new Prediction(row.Score)));
        }

        NumberMetrics found = accumulator.ToMetrics().Regression!;
        Assert.Equal(wanted.MeanAbsoluteError, found.MeanAbsoluteError, 1e-6);
        Assert.Equal(wanted.RootMeanSquaredError, found.RootMeanSquaredError, 1e-6);
        Assert.Equal(wanted.RSquared, found.RSquared, 1e-9);
        Assert.Equal(rows.Average(r => (double)r.Score - r.Label), found.MeanError, 1e-9);
        Assert.Equal(7, accumulator.ErrorOf(new Prediction(3), 10));
        Assert.True(double.IsNaN(new NumberAccumulator().ToMetrics().Regression!.RSquared));
    }

    private static Row RandomRow(Random random, int classes)
    {
        // Coarse numbers, so that scores are often equal.
        float[] scores = [.. Enumerable.Range(0, classes).Select(_ => (float)random.Next(0, 5))];
        float sum = Math.Max(1, scores.Sum());
        int actual = random.Next(0, 3) == 0 ? random.Next(classes) : Array.IndexOf(scores, scores.Max());
        return new Row { Class = actual, Label = (uint)actual, Score = [.. scores.Select(s => s / sum)] };
    }

    private static MulticlassClassificationMetrics Evaluate(Row[] rows, int classes)
    {
        var ml = new MLContext(1);
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Label)].ColumnType = new KeyDataViewType(typeof(uint), classes);
        schema[nameof(Row.Score)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, classes);
        schema[nameof(Row.PredictedLabel)].ColumnType = new KeyDataViewType(typeof(uint), classes);
        return ml.MulticlassClassification.Evaluate(ml.Data.LoadFromEnumerable(rows, schema), topKPredictionCount: classes);
    }

    private static ModelMetrics Of(Row[] rows, int classes)
    {
        var metrics = new ClassAccumulator(Names[..classes]);
        foreach (Row row in rows)
        {
            metrics.Add(Joined(row.Class, new Prediction(0, (int)row.PredictedLabel, row.Score)));
        }

        return metrics.ToMetrics();
    }

    private static JoinedRow Joined(float label, Prediction prediction) => new(new Score(0, prediction, default, null), new Label(label, default, null));

    /// <summary>A list's key columns count from 0: ML.NET adds the 1.</summary>
    private sealed class Row
    {
        [NoColumn]
        public int Class { get; set; }

        public uint Label { get; set; }

        public float[] Score { get; set; } = [];

        public uint PredictedLabel => (uint)Array.IndexOf(Score, Score.Max());
    }

    private sealed class Number
    {
        public float Label { get; set; }

        public float Score { get; set; }
    }
}
