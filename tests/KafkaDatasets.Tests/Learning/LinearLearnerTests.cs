using KafkaDatasets.Learning;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.Learning;

/// <summary>FTRL-Proximal and AdaGrad: against a plain scalar implementation, published figures, and themselves in other batches.</summary>
public sealed class LinearLearnerTests
{
    public static TheoryData<bool, OnlineTask, bool, double> Kinds =>
        new MatrixTheoryData<bool, OnlineTask, bool, double>([true, false], [OnlineTask.BinaryClassification, OnlineTask.Regression], [true, false], [0, 0.2]);

    /// <summary>The steps of TensorFlow's tests of FtrlOptimizer and AdagradOptimizer: fixed gradients, a learning rate of 3, accumulators that begin at 0.1.</summary>
    [Fact]
    public void Steps_are_those_of_TensorFlow()
    {
        var ftrl = new FtrlLearner(OnlineTask.Regression, ["a", "b"], new FtrlOptions { Alpha = 3, Beta = 0, Standardize = false });
        ftrl.Squares.AsSpan().Fill(0.1);
        Repeat(ftrl, 3, [0.1, 0.2]);
        AssertClose([-2.60260963, -4.29698515], ftrl.Weights);

        ftrl = new FtrlLearner(OnlineTask.Regression, ["a", "b"], new FtrlOptions { Alpha = 3, Beta = 0, Standardize = false });
        ftrl.Squares.AsSpan().Fill(0.1);
        Repeat(ftrl, 3, [0.01, 0.02]);
        AssertClose([-0.28432083, -0.56694895], ftrl.Weights);

        ftrl = new FtrlLearner(OnlineTask.Regression, ["a", "b"], new FtrlOptions { Alpha = 3, Beta = 0, L1 = 0.001, Standardize = false });
        ftrl.Squares.AsSpan().Fill(0.1);
        (ftrl.Weights[0], ftrl.Weights[1]) = (1, 2);
        Repeat(ftrl, 10, [0.1, 0.2]);
        AssertClose([-7.66718769, -10.91273689], ftrl.Weights);

        var adagrad = new AdaGradLearner(OnlineTask.Regression, ["a", "b"], new AdaGradOptions { LearningRate = 3, Epsilon = 1e-300, Standardize = false });
        adagrad.Squares.AsSpan().Fill(0.1);
        (adagrad.Weights[0], adagrad.Weights[1]) = (1, 2);
        Repeat(adagrad, 3, [0.1, 0.1]);
        AssertClose([-1.6026098728179932, -0.6026098728179932], adagrad.Weights);
    }

    /// <summary>Four threads learn at once while others take the model: no row is lost, and no model is half old and half new.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Calls_from_several_threads_wait_for_each_other(bool isFtrl)
    {
        IOnlineLearner learner = Create(isFtrl, OnlineTask.Regression, ["a"], standardize: false);
        using var learning = new CancellationTokenSource();
        Task reader = Task.Run(
            () =>
            {
                while (!learning.IsCancellationRequested)
                {
                    using var state = new MemoryStream();
                    learner.Save(state);
                    IOnlineLearner copy = Create(isFtrl, OnlineTask.Regression, ["a"], standardize: false);
                    state.Position = 0;
                    copy.Load(state);
                    Assert.Equal(0, copy.Rows % 100);
                }
            },
            TestContext.Current.CancellationToken);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () =>
            {
                float[] scores = new float[100];
                for (int i = 0; i < 500; i++)
                {
                    learner.Learn(Enumerable.Repeat(1f, 100).ToArray(), new float[100], scores);
                }
            },
            TestContext.Current.CancellationToken)));
        await learning.CancelAsync();
        await reader;
        Assert.Equal(4 * 500 * 100, learner.Rows);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Learning_is_that_of_a_plain_scalar_implementation(bool isFtrl, OnlineTask task, bool standardize, double missing)
    {
        var rows = new LearnerRows(700, 7, missing: missing, isBinary: task == OnlineTask.BinaryClassification);
        IOnlineLearner learner = Create(isFtrl, task, rows.Names, standardize);
        float[] scores = rows.Learn(learner, seed: 3);

        var witness = new Witness(isFtrl, task, rows.Width, standardize);
        for (int i = 0; i < rows.Rows; i++)
        {
            double expected = witness.Learn(rows.Features.AsSpan(i * rows.Width, rows.Width), rows.Labels[i]);
            Assert.Equal(expected, scores[i], 1e-4 * Math.Max(1, Math.Abs(expected)));
        }

        double[] weights = ((LinearLearner)learner).Weights;
        for (int j = 0; j <= rows.Width; j++)
        {
            Assert.Equal(witness.Weights[j], weights[j], 1e-9 * Math.Max(1, Math.Abs(witness.Weights[j])));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Batches_of_any_size_and_a_restart_anywhere_give_the_same_bits(bool isFtrl, OnlineTask task, bool standardize, double missing)
    {
        var rows = new LearnerRows(500, 18, missing: missing, isBinary: task == OnlineTask.BinaryClassification);
        IOnlineLearner oneByOne = Create(isFtrl, task, rows.Names, standardize);
        float[] scores = rows.Learn(oneByOne);
        byte[] state = LearnerRows.StateOf(oneByOne);
        for (int seed = 1; seed <= 5; seed++)
        {
            IOnlineLearner learner = Create(isFtrl, task, rows.Names, standardize);
            Assert.Equal(scores, rows.Learn(learner, seed));
            Assert.Equal(state, LearnerRows.StateOf(learner));
        }

        IOnlineLearner first = Create(isFtrl, task, rows.Names, standardize);
        first.Learn(rows.Features.AsSpan(0, 123 * 18), rows.Labels.AsSpan(0, 123), new float[123]);
        IOnlineLearner second = Create(isFtrl, task, rows.Names, standardize);
        second.Load(new MemoryStream(LearnerRows.StateOf(first)));
        rows.Learn(second, seed: 9, from: 123);
        Assert.Equal(state, LearnerRows.StateOf(second));
        Assert.Equal(500, second.Rows);
    }

    /// <summary>The score of a row is that of the model before the row.</summary>
    [Fact]
    public void Rows_are_scored_before_they_are_learned()
    {
        var rows = new LearnerRows(200, 5, missing: 0.1);
        IOnlineLearner learner = OnlineLearner.Ftrl(OnlineTask.BinaryClassification, rows.Names);
        float[] before = new float[1];
        float[] given = new float[1];
        for (int i = 0; i < rows.Rows; i++)
        {
            learner.Score(rows.Features.AsSpan(i * 5, 5), before);
            learner.Learn(rows.Features.AsSpan(i * 5, 5), rows.Labels.AsSpan(i, 1), given);
            Assert.Equal(before[0], given[0]);
        }
    }

    [Theory]
    [InlineData(OnlineTask.BinaryClassification)]
    [InlineData(OnlineTask.Regression)]
    public void Transformer_gives_the_learners_scores_and_is_saved_as_any_model(OnlineTask task)
    {
        var rows = new LearnerRows(3000, 6, missing: 0.05, isBinary: task == OnlineTask.BinaryClassification);
        IOnlineLearner learner = OnlineLearner.AdaGrad(task, rows.Names);
        rows.Learn(learner, seed: 1);
        float[] expected = new float[rows.Rows];
        learner.Score(rows.Features, expected);
        var ml = new MLContext(1);
        string file = Path.GetTempFileName();
        learner.SaveModel(ml, file);
        ITransformer model = ml.Model.Load(file, out DataViewSchema schema);
        File.Delete(file);
        VBuffer<ReadOnlyMemory<char>> slots = default;
        schema["Features"].GetSlotNames(ref slots);
        Assert.Equal(rows.Names, slots.DenseValues().Select(s => s.ToString()));

        // ML.NET's own missing values are NaN alone; the learner takes infinity for missing too, as docs/online-learning.md says.
        float[] finite = [.. rows.Features.Select(f => float.IsInfinity(f) ? float.NaN : f)];
        IDataView scored = model.Transform(RowsView.Of(task, rows.Names, finite, rows.Labels));
        float[] scores = [.. scored.GetColumn<float>("Score")];
        for (int i = 0; i < scores.Length; i++)
        {
            Assert.Equal(expected[i], scores[i], 1e-3 * Math.Max(1, Math.Abs(expected[i])));
        }

        if (task == OnlineTask.BinaryClassification)
        {
            Assert.Equal(scores.Select(s => s > 0), scored.GetColumn<bool>("PredictedLabel"));
            Assert.All(scored.GetColumn<float>("Probability").Zip(scores), p => Assert.Equal(1 / (1 + Math.Exp(-p.Second)), p.First, 1e-5));
        }
    }

    [Fact]
    public void Rows_without_a_label_are_scored_and_not_learned()
    {
        var rows = new LearnerRows(50, 3);
        IOnlineLearner learner = OnlineLearner.Ftrl(OnlineTask.BinaryClassification, rows.Names);
        rows.Learn(learner, seed: 1);
        byte[] state = LearnerRows.StateOf(learner);
        float[] scores = new float[1];
        learner.Learn(rows.Features.AsSpan(0, 3), [float.NaN], scores);
        Assert.NotEqual(0, scores[0]);
        Assert.Equal(state, LearnerRows.StateOf(learner));
    }

    /// <summary>One such label would leave no finite weight, and every later score would be the same.</summary>
    [Theory]
    [InlineData("Ftrl")]
    [InlineData("AdaGrad")]
    [InlineData("MLNet")]
    [InlineData("Retrained")]
    public void Infinite_labels_are_not_learned(string name)
    {
        IOnlineLearner learner = name switch
        {
            "Ftrl" => OnlineLearner.Ftrl(OnlineTask.Regression, ["a"]),
            "AdaGrad" => OnlineLearner.AdaGrad(OnlineTask.Regression, ["a"]),
            "MLNet" => OnlineLearner.MLNet(["a"], ml => ml.Regression.Trainers.OnlineGradientDescent()),
            _ => OnlineLearner.Retrained("sdca", OnlineTask.Regression, ["a"], (ml, rows, _) => ml.Regression.Trainers.LbfgsPoissonRegression().Fit(rows)),
        };
        float[] scores = new float[4];
        float[] features = [1, 2, 3, 4];
        learner.Learn(features, [1, 2, 3, 4], scores);
        learner.Learn(features, [1, float.PositiveInfinity, 3, float.NegativeInfinity], scores);
        Assert.Equal(6, learner.Rows);
        learner.Learn(features, [1, 2, 3, 4], scores);
        Assert.All(scores, score => Assert.True(float.IsFinite(score)));
        Assert.Equal(4, scores.Distinct().Count());
    }

    [Fact]
    public void State_of_another_learner_is_refused_and_says_why()
    {
        byte[] state = LearnerRows.StateOf(OnlineLearner.Ftrl(OnlineTask.Regression, ["a", "b"]));
        Assert.Contains("ftrl-linear", Fault(OnlineLearner.AdaGrad(OnlineTask.Regression, ["a", "b"]), state));
        Assert.Contains("alpha=0.5", Fault(OnlineLearner.Ftrl(OnlineTask.Regression, ["a", "b"], new FtrlOptions { Alpha = 0.5 }), state));
        Assert.Contains("a, b", Fault(OnlineLearner.Ftrl(OnlineTask.Regression, ["b", "a"]), state));
        for (int length = 0; length < state.Length; length += 7)
        {
            Fault(OnlineLearner.Ftrl(OnlineTask.Regression, ["a", "b"]), state[..length]);
        }

        Fault(OnlineLearner.Ftrl(OnlineTask.Regression, ["a", "b"]), [.. state, 0]);
    }

    [Fact]
    public void Options_that_are_invalid_are_told_all_at_once()
    {
        Assert.Equal(3, Assert.Throws<InvalidOptionsException>(() => OnlineLearner.Ftrl(OnlineTask.Regression, ["a"], new FtrlOptions { Alpha = 0, L1 = -1, L2 = double.NaN })).Faults.Count);
        Assert.Equal(2, Assert.Throws<InvalidOptionsException>(() => OnlineLearner.AdaGrad(OnlineTask.Regression, ["a"], new AdaGradOptions { LearningRate = 0, Epsilon = -1 })).Faults.Count);
        Assert.Throws<ArgumentException>(() => OnlineLearner.Ftrl(OnlineTask.Regression, ["a", "a"]));
    }

    [Fact]
    public void Exponential_function_is_that_of_the_platform()
    {
        var random = new Random(1);
        for (int i = 0; i < 100_000; i++)
        {
            double x = (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-8, 3));
            Assert.Equal(1, ExactMath.Exp(x) / Math.Exp(x), 1e-14);
        }
    }

    private static string Fault(IOnlineLearner learner, byte[] state) => Assert.Throws<FormatException>(() => learner.Load(new MemoryStream(state))).Message;

    private static IOnlineLearner Create(bool isFtrl, OnlineTask task, string[] names, bool standardize) => isFtrl
        ? OnlineLearner.Ftrl(task, names, new FtrlOptions { Alpha = 0.2, L1 = 0.3, L2 = 0.1, Standardize = standardize })
        : OnlineLearner.AdaGrad(task, names, new AdaGradOptions { LearningRate = 0.2, L2 = 0.001, Standardize = standardize });

    private static void Repeat(LinearLearner learner, int times, double[] gradient)
    {
        double[] x = new double[learner.Weights.Length];
        gradient.CopyTo(x, 0);
        for (int i = 0; i < times; i++)
        {
            learner.Step(1, x);
        }
    }

    private static void AssertClose(double[] expected, double[] weights)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], weights[i], 1e-6 * Math.Abs(expected[i]));
        }
    }

    /// <summary>The algorithms as their publications have them, a number at a time.</summary>
    private sealed class Witness(bool isFtrl, OnlineTask task, int width, bool standardize)
    {
        private readonly List<double>[] _seen = [.. Enumerable.Range(0, width).Select(_ => new List<double>())];
        private readonly double[] _z = new double[width + 1];
        private readonly double[] _n = new double[width + 1];

        public double[] Weights { get; } = new double[width + 1];

        public double Learn(ReadOnlySpan<float> row, float label)
        {
            double[] x = new double[width + 1];
            x[width] = 1;
            for (int j = 0; j < width; j++)
            {
                double value = row[j];
                if (!double.IsFinite(value))
                {
                    continue;
                }

                if (!standardize)
                {
                    x[j] = value;
                    continue;
                }

                // Two passes over all values, in place of the recurrence.
                List<double> seen = _seen[j];
                double mean = seen.Count == 0 ? 0 : seen.Average();
                double deviation = seen.Count == 0 ? 0 : Math.Sqrt(seen.Average(v => (v - mean) * (v - mean)));
                x[j] = deviation == 0 ? 0 : Math.Clamp((value - mean) / deviation, -Math.Sqrt(seen.Count), Math.Sqrt(seen.Count));
                seen.Add(value);
            }

            double score = x.Zip(Weights, (a, b) => a * b).Sum();
            double error = (task == OnlineTask.BinaryClassification ? 1 / (1 + Math.Exp(-score)) : score) - label;
            for (int j = 0; j <= width; j++)
            {
                double l1 = j < width ? 0.3 : 0;
                double gradient = error * x[j];
                if (isFtrl)
                {
                    double l2 = j < width ? 0.1 : 0;
                    double sigma = (Math.Sqrt(_n[j] + (gradient * gradient)) - Math.Sqrt(_n[j])) / 0.2;
                    _z[j] += gradient - (sigma * Weights[j]);
                    _n[j] += gradient * gradient;
                    Weights[j] = Math.Abs(_z[j]) <= l1 ? 0 : -(_z[j] - (Math.Sign(_z[j]) * l1)) / (((1 + Math.Sqrt(_n[j])) / 0.2) + l2);
                }
                else
                {
                    gradient += (j < width ? 0.001 : 0) * Weights[j];
                    _n[j] += gradient * gradient;
                    Weights[j] -= 0.2 * gradient / (Math.Sqrt(_n[j]) + 1e-8);
                }
            }

            return score;
        }
    }
}
