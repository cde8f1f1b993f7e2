namespace SusyDemo.Network;

/// <summary>Everything that a training needs to go on in another process as if it had never stopped.</summary>
/// <param name="Snapshot">The rows that it reads.</param>
/// <param name="Features">The names of the inputs.</param>
/// <param name="Layers">The layers of the network.</param>
/// <param name="BatchSize">The rows per step.</param>
/// <param name="LearningRate">The learning rate.</param>
/// <param name="Seed">The seed of weights, dropout and order.</param>
/// <param name="Means">The means of the features.</param>
/// <param name="Deviations">Their deviations.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="ReadState">Where in the epoch reading goes on; null: at its start.</param>
/// <param name="Steps">The steps taken, in all epochs.</param>
/// <param name="Curve">How the network has learned.</param>
internal sealed record TrainingState(
    string Snapshot,
    IReadOnlyList<string> Features,
    IReadOnlyList<LayerShape> Layers,
    int BatchSize,
    double LearningRate,
    int Seed,
    float[] Means,
    float[] Deviations,
    int Epoch,
    string? ReadState,
    int Steps,
    IReadOnlyList<CurvePoint> Curve)
{
    /// <summary>The weights, then the optimiser's two averages, each as long as the weights; empty before the first step.</summary>
    public float[] Numbers { get; init; } = [];

    /// <summary>How this training differs from the one that is wanted; null: it does not.</summary>
    public string? DifferenceFrom(NetworkOptions options, IBatchSource source) =>
        BatchSize != options.BatchSize ? $"a batch size of {BatchSize}"
        : Seed != options.Seed ? $"the seed {Seed}"
        : LearningRate != options.LearningRate || !Layers.SequenceEqual(options.Shape) ? "another network"
        : Snapshot != source.Snapshot || !Features.SequenceEqual(source.Features) ? "other rows"
        : null;
}
