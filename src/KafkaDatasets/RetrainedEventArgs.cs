namespace KafkaDatasets;

/// <summary>What came of a change that was found in a model's errors.</summary>
/// <param name="drift">The change.</param>
/// <param name="snapshot">The rows since it began.</param>
/// <param name="championAuc">The AUC of the model that was in use.</param>
/// <param name="challengerAuc">The AUC of the new model.</param>
/// <param name="model">The new model's file; null if it was not promoted.</param>
public sealed class RetrainedEventArgs(DriftPoint drift, DatasetSnapshot snapshot, double championAuc, double challengerAuc, string? model) : EventArgs
{
    /// <summary>The change.</summary>
    public DriftPoint Drift { get; } = drift;

    /// <summary>The offsets since the change began: those that the challenger was trained from, and those that both models were compared on.</summary>
    public DatasetSnapshot Snapshot { get; } = snapshot;

    /// <summary>The AUC of the model in use, on rows that neither model was trained from.</summary>
    public double ChampionAuc { get; } = championAuc;

    /// <summary>The AUC of the new model, on the same rows.</summary>
    public double ChallengerAuc { get; } = challengerAuc;

    /// <summary>The new model's file; null if the model in use remains, since the new one was not better.</summary>
    public string? Model { get; } = model;
}
