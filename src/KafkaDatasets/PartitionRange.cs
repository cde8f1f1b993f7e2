using System.Text.Json.Serialization;

namespace KafkaDatasets;

/// <summary>The offsets [<paramref name="Start"/>, <paramref name="End"/>) of one partition.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Start">The first offset of the range.</param>
/// <param name="End">The offset after the last one of the range.</param>
[method: JsonConstructor]
public readonly record struct PartitionRange(int Partition, long Start, long End)
{
    /// <summary>The number of offsets in the range; the number of rows is at most this (compaction and control records leave gaps).</summary>
    [JsonIgnore]
    public long Length => End - Start;

    /// <inheritdoc/>
    public override string ToString() => $"{Partition}[{Start}, {End})";
}
