using KafkaDatasets.Learning;
using Microsoft.ML;
using Microsoft.ML.Trainers;

namespace KafkaDatasets;

/// <summary>Creates online learners: FTRL-Proximal and AdaGrad with their full optimizer state, and ML.NET's retrainable trainers.</summary>
/// <remarks>
/// <para>FTRL and AdaGrad learn row by row: how rows are divided into batches changes nothing. A missing value (NaN, or infinity) neither contributes to a score nor changes its weight. In their transformers, only NaN is a missing value.</para>
/// <para>An ML.NET trainer is fitted to each batch, starting from the weights of the last fit. Rows with a missing feature are not learned, as rows without a label. What the trainer knows besides the weights starts anew with each batch; docs/online-learning.md says what that is for each trainer.
/// Each batch has a new trainer in a new context, whose seed is the number of rows learned before, so that nothing that is not in a checkpoint influences the model. Set the number of threads of SGD and L-BFGS to 1,
/// or the model cannot be learned again bit for bit.</para>
/// </remarks>
public static class OnlineLearner
{
    /// <summary>Creates a logistic regression (for two classes) or linear regression that learns row by row by FTRL-Proximal.</summary>
    /// <param name="task">What it predicts.</param>
    /// <param name="features">The names of the features.</param>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <returns>The learner, with all weights zero.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    /// <example><code>IOnlineLearner learner = OnlineLearner.Ftrl(OnlineTask.BinaryClassification, ["Amount", "Items"], new FtrlOptions { L1 = 0.5 });</code></example>
    public static IOnlineLearner Ftrl(OnlineTask task, IReadOnlyList<string> features, FtrlOptions? options = null)
    {
        options ??= new FtrlOptions();
        options.Validate();
        return new FtrlLearner(Checked(task), Checked(features), options);
    }

    /// <summary>Creates a logistic regression (for two classes) or linear regression that learns row by row by AdaGrad.</summary>
    /// <param name="task">What it predicts.</param>
    /// <param name="features">The names of the features.</param>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <returns>The learner, with all weights zero.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    public static IOnlineLearner AdaGrad(OnlineTask task, IReadOnlyList<string> features, AdaGradOptions? options = null)
    {
        options ??= new AdaGradOptions();
        options.Validate();
        return new AdaGradLearner(Checked(task), Checked(features), options);
    }

    /// <summary>Creates a learner that fits an averaged perceptron to each batch, starting from the averaged weights of the last fit; its scores are not calibrated.</summary>
    /// <param name="features">The names of the features.</param>
    /// <param name="trainer">Creates the trainer in a context, with the columns <c>Label</c> and <c>Features</c>.</param>
    /// <returns>The learner, whose scores are zero before the first batch.</returns>
    public static IOnlineLearner MLNet(IReadOnlyList<string> features, Func<MLContext, AveragedPerceptronTrainer> trainer) =>
        Linear(features, trainer, OnlineTask.BinaryClassification, false, "averaged-perceptron", (ml, rows, last) => trainer(ml).Fit(rows, last));

    /// <summary>Creates a learner that fits a calibrated logistic regression by stochastic gradient descent to each batch, starting from the last fit's weights.</summary>
    /// <param name="features">The names of the features.</param>
    /// <param name="trainer">Creates the trainer in a context, with the columns <c>Label</c> and <c>Features</c>.</param>
    /// <returns>The learner, whose scores are zero before the first batch.</returns>
    public static IOnlineLearner MLNet(IReadOnlyList<string> features, Func<MLContext, SgdCalibratedTrainer> trainer) =>
        Linear(features, trainer, OnlineTask.BinaryClassification, true, "sgd-calibrated", (ml, rows, last) => trainer(ml).Fit(rows, last));

    /// <summary>Creates a learner that fits a linear model by stochastic gradient descent to each batch, starting from the last fit's weights; its scores are not calibrated.</summary>
    /// <param name="features">The names of the features.</param>
    /// <param name="trainer">Creates the trainer in a context, with the columns <c>Label</c> and <c>Features</c>.</param>
    /// <returns>The learner, whose scores are zero before the first batch.</returns>
    public static IOnlineLearner MLNet(IReadOnlyList<string> features, Func<MLContext, SgdNonCalibratedTrainer> trainer) =>
        Linear(features, trainer, OnlineTask.BinaryClassification, false, "sgd", (ml, rows, last) => trainer(ml).Fit(rows, last));

    /// <summary>Creates a learner that fits a linear support vector machine to each batch, starting from the last fit's weights; its scores are not calibrated.</summary>
    /// <param name="features">The names of the features.</param>
    /// <param name="trainer">Creates the trainer in a context, with the columns <c>Label</c> and <c>Features</c>.</param>
    /// <returns>The learner, whose scores are zero before the first batch.</returns>
    public static IOnlineLearner MLNet(IReadOnlyList<string> features, Func<MLContext, LinearSvmTrainer> trainer) =>
        Linear(features, trainer, OnlineTask.BinaryClassification, false, "linear-svm", (ml, rows, last) => trainer(ml).Fit(rows, last));

    /// <summary>Creates a learner that fits a logistic regression by L-BFGS to each batch, starting from the last fit's weights: it converges on each batch, so give it large ones.</summary>
    /// <param name="features">The names of the features.</param>
    /// <param name="trainer">Creates the trainer in a context, with the columns <c>Label</c> and <c>Features</c>.</param>
    /// <returns>The learner, whose scores are zero before the first batch.</returns>
    public static IOnlineLearner MLNet(IReadOnlyList<string> features, Func<MLContext, LbfgsLogisticRegressionBinaryTrainer> trainer) =>
        Linear(features, trainer, OnlineTask.BinaryClassification, true, "lbfgs-logistic", (ml, rows, last) => trainer(ml).Fit(rows, last));

    /// <summary>Creates a learner that fits a Poisson regression by L-BFGS to each batch, starting from the last fit's weights: it converges on each batch, so give it large ones.</summary>
    /// <param name="features">The names of the features.</param>
    /// <param name="trainer">Creates the trainer in a context, with the columns <c>Label</c> and <c>Features</c>.</param>
    /// <returns>The learner, whose scores are zero before the first batch.</returns>
    public static IOnlineLearner MLNet(IReadOnlyList<string> features, Func<MLContext, LbfgsPoissonRegressionTrainer> trainer) =>
        Linear(features, trainer, OnlineTask.Regression, false, "lbfgs-poisson", (ml, rows, last) => trainer(ml).Fit(rows, last));

    /// <summary>Creates a learner that fits a linear regression by online gradient descent to each batch, starting from the last fit's weights.</summary>
    /// <param name="features">The names of the features.</param>
    /// <param name="trainer">Creates the trainer in a context, with the columns <c>Label</c> and <c>Features</c>.</param>
    /// <returns>The learner, whose scores are zero before the first batch.</returns>
    public static IOnlineLearner MLNet(IReadOnlyList<string> features, Func<MLContext, OnlineGradientDescentTrainer> trainer) =>
        Linear(features, trainer, OnlineTask.Regression, false, "online-gradient-descent", (ml, rows, last) => trainer(ml).Fit(rows, last));

    /// <summary>Creates a learner that fits a field-aware factorization machine to each batch, starting from the last fit's weights.</summary>
    /// <param name="features">The names of the features.</param>
    /// <param name="trainer">Creates the trainer in a context, with the columns <c>Label</c> and <c>Features</c>.</param>
    /// <returns>The learner, whose scores are zero before the first batch.</returns>
    public static IOnlineLearner MLNet(IReadOnlyList<string> features, Func<MLContext, FieldAwareFactorizationMachineTrainer> trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        return new RetrainedLearner(
            "factorization-machine",
            OnlineTask.BinaryClassification,
            Checked(features),
            (ml, rows, last) => trainer(ml).Fit(rows, modelParameters: last is null ? null : ((FieldAwareFactorizationMachinePredictionTransformer)last).Model),
            isCalibrated: true,
            RowsNeeded.Complete);
    }

    /// <summary>Creates a learner that fits a model of your own to each batch.</summary>
    /// <param name="name">The name of the algorithm, with its settings: a checkpoint with another name is refused.</param>
    /// <param name="task">What it predicts.</param>
    /// <param name="features">The names of the features.</param>
    /// <param name="fit">Fits a model, in the given context, to a batch with the columns <c>Label</c> and <c>Features</c>, given the model of the last fit, or null for the first batch. The model must give the column <c>Score</c>. If no row has all features, an <see cref="InvalidOperationException"/> means that there is nothing to learn from.</param>
    /// <param name="isCalibrated">Whether the logistic function of a score is a probability. Default false.</param>
    /// <returns>The learner, whose scores are zero before the first batch; its state is the model as ML.NET saves it.</returns>
    public static IOnlineLearner Retrained(string name, OnlineTask task, IReadOnlyList<string> features, Func<MLContext, IDataView, ITransformer?, ITransformer> fit, bool isCalibrated = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(fit);
        return new RetrainedLearner(name, Checked(task), Checked(features), fit, isCalibrated);
    }

    internal static void CheckPositive(double value, string name, List<string> faults)
    {
        if (!double.IsFinite(value) || value <= 0)
        {
            faults.Add(FormattableString.Invariant($"{name} is {value}: it is greater than 0"));
        }
    }

    internal static void CheckNotNegative(double value, string name, List<string> faults)
    {
        if (!double.IsFinite(value) || value < 0)
        {
            faults.Add(FormattableString.Invariant($"{name} is {value}: it is at least 0"));
        }
    }

    private static RetrainedLearner Linear(
        IReadOnlyList<string> features,
        object trainer,
        OnlineTask task,
        bool isCalibrated,
        string name,
        Func<MLContext, IDataView, LinearModelParameters?, ITransformer> fit)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        return new RetrainedLearner(name, task, Checked(features), (ml, rows, last) => fit(ml, rows, last is null ? null : RetrainedLearner.ParametersOf(last)), isCalibrated, RowsNeeded.Complete);
    }

    private static OnlineTask Checked(OnlineTask task) => Enum.IsDefined(task) ? task : throw new ArgumentOutOfRangeException(nameof(task), task, "It is no online task.");

    private static string[] Checked(IReadOnlyList<string> features)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (features.Count == 0 || features.Any(string.IsNullOrEmpty) || features.Distinct().Count() < features.Count)
        {
            throw new ArgumentException("Name at least one feature, each of them once.", nameof(features));
        }

        return [.. features];
    }
}
