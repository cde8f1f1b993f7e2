using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Ranges;

namespace KafkaDatasets;

/// <summary>
/// A resolved range of a topic: the offsets [start, end) of each partition. The same snapshot gives the same rows in the same order
/// on every pass and on every machine. Serialise it with <see cref="ToJson"/>, and open it again anywhere with <see cref="TopicRange.Snapshot"/>.
/// </summary>
/// <example>
/// <code>
/// await File.WriteAllTextAsync("train.json", dataset.Snapshot.ToJson());
///
/// DatasetSnapshot saved = DatasetSnapshot.Parse(await File.ReadAllTextAsync("train.json"));
/// KafkaDatasetOptions sameRows = options with { Range = TopicRange.Snapshot(saved) };
/// </code>
/// </example>
public sealed class DatasetSnapshot
{
    /// <summary>The stripe length of new snapshots: the number of consecutive offsets taken from a partition at a time.</summary>
    public const int DefaultStripeLength = 1024;

    private readonly long[] _idBases;
    private string? _fingerprint;

    /// <summary>Creates a snapshot from given offsets.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="topicId">The topic's id (KIP-516), or null when the broker has none.</param>
    /// <param name="partitions">The offsets of each partition, in any order; the snapshot sorts them by partition.</param>
    /// <param name="stripeLength">The number of consecutive offsets taken from a partition at a time.</param>
    /// <exception cref="ArgumentException">A partition occurs twice, an offset is negative, an end is before its start, or there are more than 2^63 offsets.</exception>
    public DatasetSnapshot(string topic, Guid? topicId, IEnumerable<PartitionRange> partitions, int stripeLength = DefaultStripeLength)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        ArgumentNullException.ThrowIfNull(partitions);
        ArgumentOutOfRangeException.ThrowIfLessThan(stripeLength, 1);
        PartitionRange[] sorted = [.. partitions.OrderBy(p => p.Partition)];
        var bases = new long[sorted.Length];
        long rows = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            PartitionRange range = sorted[i];
            if (range.Partition < 0 || range.Start < 0 || range.End < range.Start)
            {
                throw new ArgumentException($"The range {range} of topic '{topic}' is invalid: partition and offsets are at least 0, and the end is not before the start.", nameof(partitions));
            }

            if (i > 0 && sorted[i - 1].Partition == range.Partition)
            {
                throw new ArgumentException(FormattableString.Invariant($"Partition {range.Partition} of topic '{topic}' appears twice."), nameof(partitions));
            }

            if (range.Length > long.MaxValue - rows)
            {
                throw new ArgumentException(FormattableString.Invariant($"The ranges of topic '{topic}' have more than {long.MaxValue} offsets."), nameof(partitions));
            }

            bases[i] = rows;
            rows += range.Length;
        }

        Topic = topic;
        TopicId = topicId;
        Partitions = sorted;
        StripeLength = stripeLength;
        Length = rows;
        _idBases = bases;
    }

    [JsonConstructor]
    internal DatasetSnapshot(string topic, IReadOnlyList<PartitionRange> partitions, int stripeLength, Guid? topicId = null)
        : this(topic, topicId, partitions, stripeLength)
    {
    }

    /// <summary>The topic's name.</summary>
    public string Topic { get; }

    /// <summary>The topic's id (KIP-516), or null when the broker has none.</summary>
    public Guid? TopicId { get; }

    /// <summary>The offsets of each partition, sorted by partition.</summary>
    public IReadOnlyList<PartitionRange> Partitions { get; }

    /// <summary>The number of consecutive offsets taken from a partition at a time, which determines the canonical order.</summary>
    public int StripeLength { get; }

    /// <summary>The total number of offsets in all partitions, which is the largest possible number of rows.</summary>
    [JsonIgnore]
    public long Length { get; }

    /// <summary>A short hash that identifies the snapshot.</summary>
    [JsonIgnore]
    internal string Fingerprint => _fingerprint ??= Hash();

    /// <summary>The id of the first row of the partition at <paramref name="index"/> in <see cref="Partitions"/>: the sum of the lengths before it.</summary>
    internal long IdBase(int index) => _idBases[index];

    /// <summary>Writes the snapshot as JSON, which <see cref="Parse"/> reads back.</summary>
    /// <returns>The JSON, indented.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, SnapshotJson.Default.DatasetSnapshot);

    /// <summary>Reads a snapshot written by <see cref="ToJson"/>.</summary>
    /// <param name="json">The JSON.</param>
    /// <returns>The snapshot.</returns>
    /// <exception cref="FormatException">The JSON is not a snapshot; the message says why.</exception>
    public static DatasetSnapshot Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        using InvariantCulture culture = InvariantCulture.Use();
        try
        {
            return JsonSerializer.Deserialize(json, SnapshotJson.Default.DatasetSnapshot) ?? throw new FormatException("The JSON of a dataset snapshot is null.");
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw DocumentFaults.Of("a dataset snapshot", e);
        }
    }

    private string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{Topic} {TopicId} {StripeLength}")));
        Span<byte> numbers = stackalloc byte[20];
        foreach (PartitionRange range in Partitions)
        {
            BinaryPrimitives.WriteInt32LittleEndian(numbers, range.Partition);
            BinaryPrimitives.WriteInt64LittleEndian(numbers[4..], range.Start);
            BinaryPrimitives.WriteInt64LittleEndian(numbers[12..], range.End);
            hash.AppendData(numbers);
        }

        return Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 16));
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Topic} {string.Join(" ", Partitions)}";
}
