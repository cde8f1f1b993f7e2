using System.Collections.Concurrent;
using KafkaDatasets.Fetching;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Tests.Fetching;

/// <summary>An engine over records in memory, which cuts them into chunks of random sizes and fetches ahead within its bound as the real ones do.</summary>
internal sealed class FakeEngine(IReadOnlyList<FakePartition> partitions, int seed = 0) : IFetchEngine
{
    private readonly ConcurrentQueue<FakeSource> _sources = [];

    public FakeEngine(params IReadOnlyList<FakePartition> partitions)
        : this(partitions, 0)
    {
    }

    public string Name => "fake";

    public bool ReadsSegmentsInParallel { get; init; }

    public IReadOnlyList<FakePartition> Partitions => partitions;

    public string Topic { get; init; } = "t";

    public Guid? TopicId { get; init; }

    /// <summary>The most records of a chunk; each has from none to this many.</summary>
    public int ChunkRecords { get; init; } = 500;

    /// <summary>Runs before a chunk of that partition that begins at that offset is fetched: for delays and faults.</summary>
    public Func<int, long, CancellationToken, Task>? BeforeChunk { get; init; }

    /// <summary>Runs before the topic is described.</summary>
    public Func<Task>? BeforeDescribe { get; init; }

    /// <summary>Every pass that was opened.</summary>
    public IReadOnlyCollection<FakeSource> Sources => _sources;

    public int Disposals { get; private set; }

    public async ValueTask<TopicMetadata> DescribeTopicAsync(string topic, CancellationToken cancellationToken)
    {
        await (BeforeDescribe?.Invoke() ?? Task.CompletedTask);
        return topic == Topic
            ? new TopicMetadata(Topic, TopicId, [.. partitions.Select(p => p.Partition)])
            : throw new TopicNotFoundException($"no topic {topic}");
    }

    public ValueTask<long[]> ListOffsetsAsync(string topic, IReadOnlyList<int> wanted, OffsetQuery query, CancellationToken cancellationToken) =>
        ValueTask.FromResult(wanted.Select(number =>
        {
            FakePartition partition = partitions.Single(p => p.Partition == number);
            return query.Timestamp switch
            {
                -2 => partition.Start,
                -1 => partition.End,
                var time => partition.Records.FirstOrDefault(r => r.Timestamp >= time)?.Offset ?? partition.End,
            };
        }).ToArray());

    public ValueTask<bool> HasConsumerProtocolAsync(CancellationToken cancellationToken) => new(false);

    public IRecordSource OpenSource(ReadOrder order, long bytes)
    {
        var source = new FakeSource(this, order, bytes, new Random(seed + _sources.Count));
        _sources.Enqueue(source);
        return source;
    }

    public ValueTask DisposeAsync()
    {
        Disposals++;
        return ValueTask.CompletedTask;
    }
}
