using KafkaDatasets.Learning;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Xunit;

namespace KafkaDatasets.Tests.Learning;

/// <summary>ML.NET's retrainable trainers as online learners: what carries over from batch to batch, and that nothing but that does.</summary>
public sealed class RetrainedLearnerTests
{
    public static TheoryData<string> Names => ["averaged-perceptron", "sgd-calibrated", "sgd", "linear-svm", "lbfgs-logistic", "lbfgs-poisson", "online-gradient-descent", "factorization-machine"];

    /// <summary>The model after three batches is that of three calls of ML.NET's own Fit, each with the parameters of the last.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Batches_are_fitted_one_after_the_other(string name)
    {
        IOnlineLearner learner = Create(name);
        LearnerRows rows = Rows(learner);
        Assert.Equal(name, learner.Name);
        var expected = new List<float>();
        ITransformer? model = null;
        for (int batch = 0; batch < 3; batch++)
        {
            float[] scores = new float[200];
            ReadOnlySpan<float> features = rows.Features.AsSpan(batch * 200 * rows.Width, 200 * rows.Width);
            IDataView view = RowsView.Of(learner.Task, rows.Names, features, rows.Labels.AsSpan(batch * 200, 200));
            expected.Clear();
            expected.AddRange(model?.Transform(view).GetColumn<float>("Score") ?? new float[200]);
            learner.Learn(features, rows.Labels.AsSpan(batch * 200, 200), scores);
            Assert.Equal(expected, scores);
            model = Refit(new MLContext(batch * 200), name, view, model);
        }

        float[] found = new float[rows.Rows];
        learner.Score(rows.Features, found);
        Assert.Equal(model!.Transform(RowsView.Of(learner.Task, rows.Names, rows.Features, rows.Labels)).GetColumn<float>("Score"), found);
        Assert.Equal(600, learner.Rows);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void State_goes_on_as_if_nothing_had_happened(string name)
    {
        IOnlineLearner one = Create(name);
        LearnerRows rows = Rows(one);
        Learn(one, rows, 0);
        Learn(one, rows, 1);
        IOnlineLearner two = Create(name);
        byte[] saved = LearnerRows.StateOf(one);
        two.Load(new MemoryStream(saved));
        Assert.Equal(saved, LearnerRows.StateOf(two));
        Learn(one, rows, 2);
        Learn(two, rows, 2);
        Assert.Equal(LearnerRows.StateOf(one), LearnerRows.StateOf(two));
        Assert.Throws<FormatException>(() => two.Load(new MemoryStream(saved[..^5])));
    }

    /// <summary>A trickle has batches of a single row: one without a feature must not end the learner for good.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Rows_with_missing_features_are_not_learned(string name)
    {
        IOnlineLearner learner = Create(name);
        LearnerRows rows = Rows(learner);
        learner.Learn([float.NaN, 1, 2, 3], [1], new float[1]); // before there is a model
        Assert.Equal(0, learner.Rows);
        Learn(learner, rows, 0);
        byte[] state = LearnerRows.StateOf(learner);
        float[] scores = new float[3];
        learner.Learn([float.NaN, 1, 2, 3, 1, float.PositiveInfinity, 2, 3, 1, 2, 3, float.NegativeInfinity], [1, 0, 1], scores);
        Assert.All(scores, score => Assert.False(float.IsFinite(score)));
        Assert.Equal(state, LearnerRows.StateOf(learner));

        // Among others, they change nothing either.
        IOnlineLearner without = Create(name);
        without.Load(new MemoryStream(state));
        float[] features = [.. rows.Features[..(200 * rows.Width)], float.NaN, 1, 2, 3], labels = [.. rows.Labels[..200], 1];
        learner.Learn(features, labels, new float[201]);
        without.Learn(features.AsSpan(0, 200 * rows.Width), labels.AsSpan(0, 200), new float[200]);
        Assert.Equal(400, learner.Rows);
        Assert.Equal(LearnerRows.StateOf(without), LearnerRows.StateOf(learner));
    }

    /// <summary>A model that replaces missing values learns from rows that have them; for one that cannot, there is nothing to learn.</summary>
    [Fact]
    public void A_learner_of_ones_own_decides_about_missing_features()
    {
        string[] names = ["f0", "f1", "f2", "f3"];
        IOnlineLearner replacing = OnlineLearner.Retrained("replacing", OnlineTask.BinaryClassification, names, (ml, batch, _) => ml.Transforms.ReplaceMissingValues("Features").Append(ml.BinaryClassification.Trainers.AveragedPerceptron()).Fit(batch));
        replacing.Learn([float.NaN, 1, 2, 3], [1], new float[1]);
        Assert.Equal(1, replacing.Rows);

        IOnlineLearner plain = OnlineLearner.Retrained("plain", OnlineTask.Regression, names, (ml, batch, _) => ml.Regression.Trainers.Sdca().Fit(batch));
        plain.Learn([float.NaN, 1, 2, 3], [1], new float[1]);
        Assert.Equal(0, plain.Rows);

        IOnlineLearner failing = OnlineLearner.Retrained("failing", OnlineTask.Regression, names, (_, _, _) => throw new InvalidOperationException("mine"));
        Assert.Throws<InvalidOperationException>(() => failing.Learn([float.NaN, 1, 2, 3, 0, 1, 2, 3], [1, 1], new float[2]));
    }

    /// <summary>A batch may have rows of one class only.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Rows_of_one_class_are_learned(string name)
    {
        IOnlineLearner learner = Create(name);
        LearnerRows rows = Rows(learner);
        foreach (float label in (float[])[1, 0])
        {
            learner.Learn(rows.Features.AsSpan(0, 10 * rows.Width), [.. Enumerable.Repeat(label, 10)], new float[10]);
        }

        Assert.Equal(20, learner.Rows);
        float[] scores = new float[10];
        learner.Score(rows.Features.AsSpan(0, 10 * rows.Width), scores);
        Assert.All(scores, score => Assert.True(float.IsFinite(score)));
    }

    [Fact]
    public void A_learner_of_ones_own_is_fitted_and_saved()
    {
        IOnlineLearner learner = OnlineLearner.Retrained("mine", OnlineTask.Regression, ["f0", "f1", "f2", "f3"], (ml, batch, last) => last ?? ml.Regression.Trainers.Sdca().Fit(batch));
        LearnerRows rows = Rows(learner);
        Learn(learner, rows, 0);
        byte[] state = LearnerRows.StateOf(learner);
        Learn(learner, rows, 1);
        Assert.Equal(400, learner.Rows);
        IOnlineLearner again = OnlineLearner.Retrained("mine", OnlineTask.Regression, rows.Names, (_, batch, last) => last!);
        again.Load(new MemoryStream(state));
        float[] a = new float[rows.Rows], b = new float[rows.Rows];
        learner.Score(rows.Features, a);
        again.Score(rows.Features, b);
        Assert.Equal(a, b);
        Assert.Equal(["Label", "Features"], again.InputSchema().Select(c => c.Name));
    }

    [Fact]
    public void A_model_that_cannot_be_saved_is_named()
    {
        IOnlineLearner learner = OnlineLearner.Retrained("mine", OnlineTask.Regression, ["f0", "f1", "f2", "f3"], (ml, batch, _) =>
            ml.Transforms.CustomMapping<Copied, Copied>((from, to) => to.Label = from.Label, contractName: null).Append(ml.Regression.Trainers.Sdca()).Fit(batch));
        Learn(learner, Rows(learner), 0);
        ModelException e = Assert.Throws<ModelException>(() => learner.Save(new MemoryStream()));
        Assert.StartsWith("The model of the learner mine cannot be saved: ", e.Message, StringComparison.Ordinal);
    }

    private static void Learn(IOnlineLearner learner, LearnerRows rows, int batch) =>
        learner.Learn(rows.Features.AsSpan(batch * 200 * rows.Width, 200 * rows.Width), rows.Labels.AsSpan(batch * 200, 200), new float[200]);

    private static LearnerRows Rows(IOnlineLearner learner)
    {
        var rows = new LearnerRows(600, 4, isBinary: learner.Task == OnlineTask.BinaryClassification);
        for (int i = 0; i < rows.Features.Length; i++)
        {
            rows.Features[i] /= 40; // these trainers do not standardize
        }

        for (int i = 0; i < rows.Rows && learner.Task == OnlineTask.Regression; i++)
        {
            rows.Labels[i] = Math.Abs(rows.Labels[i]); // Poisson
        }

        return rows;
    }

    private static IOnlineLearner Create(string name)
    {
        string[] features = ["f0", "f1", "f2", "f3"];
        return name switch
        {
            "averaged-perceptron" => OnlineLearner.MLNet(features, ml => ml.BinaryClassification.Trainers.AveragedPerceptron()),
            "sgd-calibrated" => OnlineLearner.MLNet(features, ml => ml.BinaryClassification.Trainers.SgdCalibrated(new SgdCalibratedTrainer.Options { NumberOfThreads = 1 })),
            "sgd" => OnlineLearner.MLNet(features, ml => ml.BinaryClassification.Trainers.SgdNonCalibrated(new SgdNonCalibratedTrainer.Options { NumberOfThreads = 1 })),
            "linear-svm" => OnlineLearner.MLNet(features, ml => ml.BinaryClassification.Trainers.LinearSvm()),
            "lbfgs-logistic" => OnlineLearner.MLNet(features, ml => ml.BinaryClassification.Trainers.LbfgsLogisticRegression(new LbfgsLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1 })),
            "lbfgs-poisson" => OnlineLearner.MLNet(features, ml => ml.Regression.Trainers.LbfgsPoissonRegression(new LbfgsPoissonRegressionTrainer.Options { NumberOfThreads = 1 })),
            "online-gradient-descent" => OnlineLearner.MLNet(features, ml => ml.Regression.Trainers.OnlineGradientDescent()),
            "factorization-machine" => OnlineLearner.MLNet(features, ml => ml.BinaryClassification.Trainers.FieldAwareFactorizationMachine()),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static ITransformer Refit(MLContext ml, string name, IDataView rows, ITransformer? last)
    {
        LinearModelParameters? linear = last switch
        {
            null or FieldAwareFactorizationMachinePredictionTransformer => null,
            ISingleFeaturePredictionTransformer<Microsoft.ML.Calibrators.CalibratedModelParametersBase<LinearBinaryModelParameters, Microsoft.ML.Calibrators.PlattCalibrator>> calibrated => calibrated.Model.SubModel,
            ISingleFeaturePredictionTransformer<LinearModelParameters> plain => plain.Model,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return name switch
        {
            "averaged-perceptron" => ml.BinaryClassification.Trainers.AveragedPerceptron().Fit(rows, linear!),
            "sgd-calibrated" => ml.BinaryClassification.Trainers.SgdCalibrated(new SgdCalibratedTrainer.Options { NumberOfThreads = 1 }).Fit(rows, linear!),
            "sgd" => ml.BinaryClassification.Trainers.SgdNonCalibrated(new SgdNonCalibratedTrainer.Options { NumberOfThreads = 1 }).Fit(rows, linear!),
            "linear-svm" => ml.BinaryClassification.Trainers.LinearSvm().Fit(rows, linear!),
            "lbfgs-logistic" => ml.BinaryClassification.Trainers.LbfgsLogisticRegression(new LbfgsLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1 }).Fit(rows, linear!),
            "lbfgs-poisson" => ml.Regression.Trainers.LbfgsPoissonRegression(new LbfgsPoissonRegressionTrainer.Options { NumberOfThreads = 1 }).Fit(rows, linear!),
            "online-gradient-descent" => ml.Regression.Trainers.OnlineGradientDescent().Fit(rows, linear!),
            "factorization-machine" => ml.BinaryClassification.Trainers.FieldAwareFactorizationMachine().Fit(rows, modelParameters: (last as FieldAwareFactorizationMachinePredictionTransformer)?.Model),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private sealed class Copied
    {
        public float Label { get; set; }
    }
}
