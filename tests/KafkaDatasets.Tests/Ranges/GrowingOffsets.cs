using KafkaDatasets.Ranges;

namespace KafkaDatasets.Tests.Ranges;

/// <summary>A topic to which a producer appends before every question; no record has a timestamp in the future.</summary>
internal sealed class GrowingOffsets : ITopicOffsets
{
    private long _end = 1000;

    public ValueTask<TopicMetadata> DescribeTopicAsync(string topic, CancellationToken cancellationToken) => ValueTask.FromResult(new TopicMetadata(topic, null, [0, 1]));

    public ValueTask<long[]> ListOffsetsAsync(string topic, IReadOnlyList<int> partitions, OffsetQuery query, CancellationToken cancellationToken)
    {
        _end += 10;
        return ValueTask.FromResult(partitions.Select(_ => query == OffsetQuery.Earliest ? 0 : _end).ToArray());
    }
}
