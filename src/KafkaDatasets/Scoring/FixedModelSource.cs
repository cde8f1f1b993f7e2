namespace KafkaDatasets.Scoring;

/// <summary>One model that never changes.</summary>
internal sealed class FixedModelSource(ScoringModel model) : IModelSource
{
    public ValueTask<ScoringModel?> FindAsync(string? current, CancellationToken cancellationToken) => new(current == model.Version ? null : model);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
