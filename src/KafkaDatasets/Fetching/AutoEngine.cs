using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching.Direct;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching;

/// <summary>The direct engine, or another where the brokers turn out, at the first question, to be too old for it.</summary>
internal sealed class AutoEngine(FetchContext context, Func<FetchContext, IFetchEngine> createFallback) : IFetchEngine
{
    private volatile IFetchEngine _engine = new DirectEngine(context);

    public string Name => _engine.Name;

    public async ValueTask<TopicMetadata> DescribeTopicAsync(string topic, CancellationToken cancellationToken)
    {
        IFetchEngine engine = _engine;
        try
        {
            return await engine.DescribeTopicAsync(topic, cancellationToken).ConfigureAwait(false);
        }
        catch (BrokerException e) when (engine is DirectEngine && e.ErrorCode == (int)ErrorCode.UnsupportedVersion)
        {
            Log.EngineFallback(context.Logger, e.Message);
        }

        await engine.DisposeAsync().ConfigureAwait(false);
        _engine = createFallback(context);
        return await _engine.DescribeTopicAsync(topic, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<long[]> ListOffsetsAsync(string topic, IReadOnlyList<int> partitions, OffsetQuery query, CancellationToken cancellationToken) =>
        _engine.ListOffsetsAsync(topic, partitions, query, cancellationToken);

    public IRecordSource OpenSource(ReadOrder order, long bytes) => _engine.OpenSource(order, bytes);

    public ValueTask DisposeAsync() => _engine.DisposeAsync();
}
