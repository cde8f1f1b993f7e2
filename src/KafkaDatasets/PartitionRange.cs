using System.Text.Json.Serialization;

namespace KafkaDatasets;

/// <summary>The offsets [<paramref name="Start"/>, <paramref name="End"/>) of one partition.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Start">The first offset of the range.</param>
/// <param name="End">The offset after the last one of the range; <see cref="long.MaxValue"/> in <see cref="TopicRange.Offsets(PartitionRange[])"/>: the log's end when the dataset is opened.</param>
[method: JsonConstructor]
public readonly record struct PartitionRange(int Partition, long Start, long End)
{
    /// <summary>The number of offsets in the range; the number of rows is at most this (compaction and control records leave gaps).</summary>
    [JsonIgnore]
    public long Length => End - Start;

    /// <summary>Whether the range ends where the log ends when the dataset is opened.</summary>
    [JsonIgnore]
    internal bool IsOpen => End == long.MaxValue;

    /// <summary>The offsets of a partition from <paramref name="start"/> to the log's end (the last stable offset) when the dataset is opened.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="start">The first offset of the range.</param>
    /// <returns>A range for <see cref="TopicRange.Offsets(PartitionRange[])"/>.</returns>
    public static PartitionRange From(int partition, long start) => new(partition, start, long.MaxValue);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Partition}[{Start}, {(IsOpen ? (object)"end" : End)})");
}
