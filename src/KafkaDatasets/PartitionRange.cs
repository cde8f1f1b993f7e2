using System.Text.Json.Serialization;

namespace KafkaDatasets;

/// <summary>The offsets [<paramref name="Start"/>, <paramref name="End"/>) of one partition.</summary>
/// <param name="Partition">The number of the partition.</param>
/// <param name="Start">The first offset of the range.</param>
/// <param name="End">The offset after the last one of the range. In <see cref="TopicRange.Offsets(PartitionRange[])"/>, <see cref="long.MaxValue"/> means the log's end when the dataset is opened.</param>
[method: JsonConstructor]
public readonly record struct PartitionRange(int Partition, long Start, long End)
{
    /// <summary>The number of offsets in the range, which is the largest possible number of rows (compaction and control records leave gaps).</summary>
    [JsonIgnore]
    public long Length => End - Start;

    /// <summary>Whether the range ends at the log's end when the dataset is opened.</summary>
    [JsonIgnore]
    internal bool IsOpen => End == long.MaxValue;

    /// <summary>Creates a range from <paramref name="start"/> to the log's end (the last stable offset) when the dataset is opened.</summary>
    /// <param name="partition">The number of the partition.</param>
    /// <param name="start">The first offset of the range.</param>
    /// <returns>A range for <see cref="TopicRange.Offsets(PartitionRange[])"/>.</returns>
    public static PartitionRange From(int partition, long start) => new(partition, start, long.MaxValue);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Partition}[{Start}, {(IsOpen ? (object)"end" : End)})");
}
