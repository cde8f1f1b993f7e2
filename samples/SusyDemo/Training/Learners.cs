using Microsoft.ML;
using Microsoft.ML.Trainers.LightGbm;
using SusyDemo.Network;

namespace SusyDemo.Training;

/// <summary>The learners by name.</summary>
internal static class Learners
{
    public const string All = "all";

    public static IReadOnlyList<string> Names { get; } = [NetworkLearner.LearnerName, "fasttree", "lightgbm", "logistic"];

    /// <summary>The learner of a name, or all of them.</summary>
    public static IReadOnlyList<ILearner> Choose(string name, NetworkOptions options) =>
        [.. Names.Where(n => name == All || name == n).Select(n => Create(n, options))];

    private static ILearner Create(string name, NetworkOptions options) => name switch
    {
        "fasttree" => new MLNetLearner(name, options.Seed, ml => ml.BinaryClassification.Trainers.FastTree()),
        "lightgbm" => new MLNetLearner(name, options.Seed, ml => ml.BinaryClassification.Trainers.LightGbm(new LightGbmBinaryTrainer.Options { NumberOfThreads = 1 })),
        "logistic" => new MLNetLearner(name, options.Seed, ml =>
            ml.Transforms.NormalizeMeanVariance("Features").Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression())),
        _ => new NetworkLearner(options),
    };
}
