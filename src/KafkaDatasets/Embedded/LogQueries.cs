using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Direct;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Ranges;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaDatasets.Embedded;

/// <summary>Asks the embedded brokers about a topic, by the library's own connections: closing a client of librdkafka takes 200 ms.</summary>
internal sealed class LogQueries(string bootstrapServers)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly FetchContext _context = new(bootstrapServers, new Dictionary<string, string>(), DataLossPolicy.Throw, Timeout, NullLogger.Instance, TimeProvider.System);

    /// <summary>The first offset of each partition that is still in the log.</summary>
    /// <exception cref="TopicNotFoundException">The topic does not exist.</exception>
    /// <exception cref="BrokerException">The brokers have stopped.</exception>
    public async Task<IReadOnlyList<(int Partition, long Offset)>> EarliestAsync(string topic, CancellationToken cancellationToken)
    {
        await using var engine = new DirectEngine(_context);
        IReadOnlyList<int> partitions = (await engine.DescribeTopicAsync(topic, cancellationToken).ConfigureAwait(false)).Partitions;
        return [.. partitions.Zip(await engine.ListOffsetsAsync(topic, partitions, OffsetQuery.Earliest, cancellationToken).ConfigureAwait(false))];
    }

    /// <summary>The broker that leads each partition.</summary>
    /// <exception cref="TopicNotFoundException">The topic does not exist.</exception>
    /// <exception cref="BrokerException">The brokers have stopped.</exception>
    public async Task<IReadOnlyList<(int Partition, BrokerEndpoint Leader)>> LeadersAsync(string topic, CancellationToken cancellationToken)
    {
        await using var engine = new DirectEngine(_context);
        TopicLayout layout = await engine.LayoutAsync(topic, cancellationToken).ConfigureAwait(false);
        return [.. layout.Partitions.Where(p => layout.Brokers.ContainsKey(p.Value.Broker)).Select(p => (p.Key, layout.Brokers[p.Value.Broker]))];
    }
}
