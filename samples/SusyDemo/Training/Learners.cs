using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Trainers.LightGbm;
using SusyDemo.Network;

namespace SusyDemo.Training;

/// <summary>The learners by name.</summary>
internal static class Learners
{
    public const string All = "all";
    public const string FastTree = "fasttree";
    public const string LightGbm = "lightgbm";
    public const string Logistic = "logistic";

    public const string LightGbmMissing =
        "LightGBM's native library cannot be loaded; it needs OpenMP: apt-get install libgomp1 on Debian and Ubuntu, brew install libomp on macOS.";

    public static IReadOnlyList<string> Names { get; } = [NetworkLearner.LearnerName, FastTree, LightGbm, Logistic];

    /// <summary>Whether LightGBM's native library can be loaded, which needs more than the .NET SDK brings.</summary>
    public static bool HasLightGbm { get; } = NativeLibrary.TryLoad("lib_lightgbm", typeof(LightGbmBinaryTrainer).Assembly, null, out _);

    /// <summary>The learner of a name, or all of them.</summary>
    public static IReadOnlyList<ILearner> Choose(string name, NetworkOptions options) =>
        [.. Names.Where(n => name == All || name == n).Select(n => Create(n, options))];

    private static ILearner Create(string name, NetworkOptions options) => name switch
    {
        FastTree => new MLNetLearner(name, options.Seed, ml => ml.BinaryClassification.Trainers.FastTree()),

        // More threads wait for each other in a spin, which is slow beside the other learners.
        LightGbm => new MLNetLearner(
            name, options.Seed, ml => ml.BinaryClassification.Trainers.LightGbm(new LightGbmBinaryTrainer.Options { NumberOfThreads = 1 })),
        Logistic => new MLNetLearner(
            name,
            options.Seed,
            ml => ml.Transforms.NormalizeMeanVariance("Features").Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression())),
        _ => new NetworkLearner(options),
    };
}
