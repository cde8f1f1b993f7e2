using KafkaDatasets.Diagnostics;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Cache;

/// <summary>Adds a cache to an engine: the engine passes every slice that it fetches to the store.</summary>
/// <param name="engine">The engine; disposed together with this one.</param>
/// <param name="store">The cache.</param>
/// <param name="context">The options.</param>
/// <param name="maxResponseBytes">The maximum number of bytes of a decompressed batch.</param>
internal sealed class CacheEngine(IFetchEngine engine, CacheStore store, FetchContext context, int maxResponseBytes) : IFetchEngine
{
    private int _warned;

    public string Name => engine.Name;

    public bool ReadsSegmentsInParallel => engine.ReadsSegmentsInParallel;

    /// <summary>Whether the cache has every offset of a snapshot, so that no broker is needed.</summary>
    public bool Holds(DatasetSnapshot snapshot) => store.Holds(snapshot);

    public ValueTask<TopicMetadata> DescribeTopicAsync(string topic, CancellationToken cancellationToken) => engine.DescribeTopicAsync(topic, cancellationToken);

    public ValueTask<long[]> ListOffsetsAsync(string topic, IReadOnlyList<int> partitions, OffsetQuery query, CancellationToken cancellationToken) =>
        engine.ListOffsetsAsync(topic, partitions, query, cancellationToken);

    public ValueTask<bool> HasConsumerProtocolAsync(CancellationToken cancellationToken) => engine.HasConsumerProtocolAsync(cancellationToken);

    public IRecordSource OpenSource(ReadOrder order, long bytes)
    {
        if (order.Snapshot.TopicId is null)
        {
            if (Interlocked.Exchange(ref _warned, 1) == 0)
            {
                Log.CacheNeedsTopicId(context.Logger, order.Snapshot.Topic);
            }

            return engine.OpenSource(order, bytes);
        }

        store.Refresh(order.Snapshot);
        return new CacheSource(store, engine, order, bytes, context.Buffers, new ReadFaults(order.Snapshot.Topic, context.OnDataLoss, context.Logger), maxResponseBytes);
    }

    public IHeadReader? OpenHead(string topic, Guid? topicId, long bytes, IHeadEvents events) => engine.OpenHead(topic, topicId, bytes, events);

    public ValueTask DisposeAsync() => engine.DisposeAsync();
}
