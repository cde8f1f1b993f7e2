namespace KafkaDatasets.Live;

/// <summary>Reads of a live dataset with the same options, one after another.</summary>
internal sealed class LiveReads(LiveSession session, Func<CancellationToken, LiveReader> open, CancellationToken cancellationToken) : IAsyncEnumerable<LiveBatch>
{
    public IAsyncEnumerator<LiveBatch> GetAsyncEnumerator(CancellationToken enumeratorToken = default) => new LiveEnumerator(session, open, cancellationToken, enumeratorToken);
}
