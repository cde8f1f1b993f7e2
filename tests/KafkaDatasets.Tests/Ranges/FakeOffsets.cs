using KafkaDatasets.Ranges;

namespace KafkaDatasets.Tests.Ranges;

/// <summary>Brokers with one topic <c>t</c>: for each partition the log's start, its last stable offset, and the timestamps of its records from the start on.</summary>
internal sealed class FakeOffsets(Guid? id, params (int Partition, long Start, long End, long[] Timestamps)[] partitions) : ITopicOffsets
{
    public ValueTask<TopicMetadata> DescribeTopicAsync(string topic, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new TopicMetadata(topic, id, [.. partitions.Select(p => p.Partition)]));

    public ValueTask<long[]> ListOffsetsAsync(string topic, IReadOnlyList<int> wanted, OffsetQuery query, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(wanted.Select(number =>
        {
            (_, long start, long end, long[] timestamps) = partitions.Single(p => p.Partition == number);
            int first = Array.FindIndex(timestamps, t => t >= query.Timestamp);
            return query.Timestamp switch
            {
                -2 => start,
                -1 => end,
                _ => first < 0 ? end : start + first,
            };
        }).ToArray());
    }
}
