namespace KafkaDatasets;

/// <summary>Where a scorer gets its models from; <see cref="ModelSource"/> has files, directories and topics.</summary>
public interface IModelSource : IAsyncDisposable
{
    /// <summary>Returns the newest model that can be used. A scorer asks regularly, one call at a time; it goes on with the model that it has if this throws.</summary>
    /// <param name="current">The version that the scorer uses; null if it has none yet: then the newest model is returned, even if it was returned before, to a scorer that has ended.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>The model; null if there is none that is newer than <paramref name="current"/>.</returns>
    /// <exception cref="ModelException">There are newer models, but none of them can be used; the message says why.</exception>
    ValueTask<ScoringModel?> FindAsync(string? current, CancellationToken cancellationToken);
}
