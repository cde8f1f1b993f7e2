using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching.Direct;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching;

/// <summary>Uses the direct engine, or a fallback when a broker, while the dataset is opened, turns out not to support the versions that the direct engine needs.</summary>
internal sealed class AutoEngine(FetchContext context, Func<FetchContext, IFetchEngine> createFallback) : IFetchEngine
{
    private readonly SemaphoreSlim _switching = new(1, 1);
    private volatile IFetchEngine _engine = new DirectEngine(context);

    public string Name => _engine.Name;

    public bool ReadsSegmentsInParallel => _engine.ReadsSegmentsInParallel;

    public ValueTask<TopicMetadata> DescribeTopicAsync(string topic, CancellationToken cancellationToken) =>
        AskAsync(engine => engine.DescribeTopicAsync(topic, cancellationToken), cancellationToken);

    public ValueTask<long[]> ListOffsetsAsync(string topic, IReadOnlyList<int> partitions, OffsetQuery query, CancellationToken cancellationToken) =>
        AskAsync(engine => engine.ListOffsetsAsync(topic, partitions, query, cancellationToken), cancellationToken);

    public ValueTask<bool> HasConsumerProtocolAsync(CancellationToken cancellationToken) => _engine.HasConsumerProtocolAsync(cancellationToken);

    public IRecordSource OpenSource(ReadOrder order, long bytes) => _engine.OpenSource(order, bytes);

    public IHeadReader? OpenHead(string topic, Guid? topicId, long bytes, IHeadEvents events) => _engine.OpenHead(topic, topicId, bytes, events);

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync().ConfigureAwait(false);
        _switching.Dispose();
    }

    private async ValueTask<T> AskAsync<T>(Func<IFetchEngine, ValueTask<T>> ask, CancellationToken cancellationToken)
    {
        IFetchEngine engine = _engine;
        try
        {
            return await ask(engine).ConfigureAwait(false);
        }
        catch (BrokerException e) when (engine is DirectEngine && e.ErrorCode == (int)ErrorCode.UnsupportedVersion)
        {
            await SwitchAsync(engine, e.Message, cancellationToken).ConfigureAwait(false);
        }

        return await ask(_engine).ConfigureAwait(false);
    }

    private async ValueTask SwitchAsync(IFetchEngine from, string reason, CancellationToken cancellationToken)
    {
        await _switching.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_engine == from)
            {
                Log.EngineFallback(context.Logger, reason);
                _engine = createFallback(context);
                await from.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _switching.Release();
        }
    }
}
