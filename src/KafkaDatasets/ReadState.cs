using System.Buffers;
using System.Text;
using System.Text.Json;

namespace KafkaDatasets;

/// <summary>
/// A position in a pass, from which reading continues after a batch. It is smaller than 1 kB, and can be used in any process, with any engine, prefetch, batch size and number of shards.
/// </summary>
/// <remarks>It is valid only for the same snapshot and order: to resume in another process, open the dataset with <see cref="TopicRange.Snapshot"/>.</remarks>
public sealed class ReadState
{
    private const int Version = 1;

    internal ReadState(string topic, string snapshot, Shuffle? shuffle, long place)
    {
        Topic = topic;
        Snapshot = snapshot;
        Shuffle = shuffle;
        Place = place;
    }

    /// <summary>The topic's name.</summary>
    public string Topic { get; }

    /// <summary>The shuffle of the pass; null for the canonical order.</summary>
    public Shuffle? Shuffle { get; }

    /// <summary>The fingerprint of the snapshot.</summary>
    internal string Snapshot { get; }

    /// <summary>The position in the order.</summary>
    internal long Place { get; }

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

            writer.WriteNumber("place", Place);
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
            if (root.GetProperty("version").GetInt32() is var version && version != Version)
            {
                throw new JsonException(FormattableString.Invariant($"it has version {version}, and this library reads version {Version}."));
            }

            Shuffle? shuffle = root.TryGetProperty("seed", out JsonElement seed) ? Shuffle.Seeded(seed.GetInt64(), root.GetProperty("epoch").GetInt64()) : null;
            return new ReadState(Text(root, "topic"), Text(root, "snapshot"), shuffle, root.GetProperty("place").GetInt64());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new FormatException($"The JSON is not a read state: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => ToJson();

    private static string Text(JsonElement root, string name) => root.GetProperty(name).GetString() ?? throw new JsonException($"'{name}' is null.");
}
