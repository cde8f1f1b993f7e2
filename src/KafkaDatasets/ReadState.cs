using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Ranges;

namespace KafkaDatasets;

/// <summary>
/// A position in a pass, from which reading continues after a batch. It is smaller than 1 kB, and can be used in any process, with any engine, prefetch, batch size and number of shards.
/// </summary>
/// <remarks>It is valid only for the same snapshot, split and order: to resume in another process, open the dataset with <see cref="TopicRange.Snapshot"/> and the same split.</remarks>
public sealed class ReadState
{
    private const int Version = 4;

    /// <summary>The longest name of a split: a state is smaller than 1 kB.</summary>
    private const int LongestSplit = 200;

    internal ReadState(string topic, string snapshot, Shuffle? shuffle, string? split, IReadOnlyList<long> places, IReadOnlyList<long>? rows)
    {
        Topic = topic;
        Snapshot = snapshot;
        Shuffle = shuffle;
        Split = split;
        Places = places;
        Rows = rows;
    }

    /// <summary>The topic's name; empty for a <see cref="KafkaDatasetMix"/>.</summary>
    public string Topic { get; }

    /// <summary>The split that was read, for example <c>ByField(user_id, 0, 0.7, seed: 1)</c>; a long one is named by its SHA-256. Null for every row, and for a <see cref="KafkaDatasetMix"/>, whose topics have splits of their own.</summary>
    public string? Split { get; }

    /// <summary>The shuffle of the pass; null for the canonical order.</summary>
    public Shuffle? Shuffle { get; }

    /// <summary>The fingerprint of the snapshot, or of everything that determines the rows of several topics.</summary>
    internal string Snapshot { get; }

    /// <summary>The position in the order of each topic.</summary>
    internal IReadOnlyList<long> Places { get; }

    /// <summary>The number of rows that each of several topics has given; null for one topic.</summary>
    internal IReadOnlyList<long>? Rows { get; }

    /// <summary>Whether the state names its split: those of version 1 do not.</summary>
    internal bool KnowsSplit { get; private init; } = true;

    /// <summary>The name of a split in states; null for every row.</summary>
    internal static string? NameOf(DatasetSplit? split) => split?.ToString() switch
    {
        null => null,
        { Length: <= LongestSplit } name => name,
        { } name => $"SHA-256 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))}",
    };

    /// <summary>Writes the state as JSON, which <see cref="Parse"/> reads back.</summary>
    /// <returns>One line of less than 1 kB.</returns>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version", Version);
            writer.WriteString("topic", Topic);
            writer.WriteString("snapshot", Snapshot);
            if (Shuffle is not null)
            {
                writer.WriteNumber("seed", Shuffle.Seed);
                writer.WriteNumber("epoch", Shuffle.Epoch);
            }

            if (Split is not null)
            {
                writer.WriteString("split", Split);
            }

            if (Rows is null)
            {
                writer.WriteNumber("place", Places[0]);
            }
            else
            {
                Write(writer, "places", Places);
                Write(writer, "rows", Rows);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads a state written by <see cref="ToJson"/>.</summary>
    /// <param name="json">The JSON.</param>
    /// <returns>The state.</returns>
    /// <exception cref="FormatException">The JSON is not a state; the message says why.</exception>
    public static ReadState Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            int version = root.Member("version").GetInt32();
            if (version is < 1 or > Version)
            {
                throw new JsonException(FormattableString.Invariant($"it has version {version}, and this library reads versions up to {Version}."));
            }

            Shuffle? shuffle = root.TryGetProperty("seed", out JsonElement seed) ? Shuffle.Seeded(seed.GetInt64(), root.Member("epoch").GetInt64()) : null;
            if (shuffle is not null && version < Version)
            {
                throw new JsonException("it is of a shuffled order of an earlier version of this library, which is another one: start the epoch again.");
            }

            string? split = root.TryGetProperty("split", out _) ? Text(root, "split") : null;
            IReadOnlyList<long>? rows = root.TryGetProperty("rows", out _) ? Numbers(root, "rows") : null;
            IReadOnlyList<long> places = rows is null ? [root.Member("place").GetInt64()] : Numbers(root, "places");
            return rows is not null && rows.Count != places.Count
                ? throw new JsonException("it has other numbers of places and of rows.")
                : new ReadState(Text(root, "topic"), Text(root, "snapshot"), shuffle, split, places, rows) { KnowsSplit = version > 1 };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw DocumentFaults.Of("a read state", e);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => ToJson();

    private static void Write(Utf8JsonWriter writer, string name, IReadOnlyList<long> numbers)
    {
        writer.WriteStartArray(name);
        foreach (long number in numbers)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }

    private static long[] Numbers(JsonElement root, string name) => [.. root.Member(name).EnumerateArray().Select(n => n.GetInt64())];

    private static string Text(JsonElement root, string name) => root.Member(name).GetString() ?? throw new JsonException($"'{name}' is null.");
}
