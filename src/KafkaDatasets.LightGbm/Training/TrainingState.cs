using System.Text.Json.Serialization;

namespace KafkaDatasets.LightGbm.Training;

/// <summary>Where a training is: what a checkpoint holds.</summary>
/// <param name="Version">The version of the format.</param>
/// <param name="Fingerprint">The hash of the options; a training with other options does not continue from it.</param>
/// <param name="Snapshot">The snapshot of the topic, as JSON.</param>
/// <param name="Iterations">The number of iterations done.</param>
/// <param name="Model">The model of these iterations, in LightGBM's text format; null before the first.</param>
/// <param name="Losses">The validation loss after each iteration; empty without validation.</param>
internal sealed record TrainingState(int Version, string Fingerprint, string Snapshot, int Iterations, string? Model, IReadOnlyList<double> Losses)
{
    public const int CurrentVersion = 1;
}

/// <summary>How <see cref="TrainingState"/> becomes JSON, without reflection.</summary>
[JsonSerializable(typeof(TrainingState))]
internal sealed partial class TrainingStateJson : JsonSerializerContext;
