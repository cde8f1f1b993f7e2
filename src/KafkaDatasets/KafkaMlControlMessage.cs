using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Ranges;

namespace KafkaDatasets;

/// <summary>
/// The message with which Kafka-ML (github.com/ertis-research/kafka-ml) announces a dataset on its control topic: ranges of topics, the format of the values, and the
/// fractions of validation and test rows.
/// </summary>
public sealed record KafkaMlControlMessage
{
    /// <summary>The largest sum of the rates, which may be rounded.</summary>
    private const double MostRate = 1 + 1e-9;

    /// <summary>The ranges of topics, which the message contains as <c>topic:partition:start:end</c>, separated by commas.</summary>
    public required IReadOnlyList<DatasetSnapshot> Snapshots { get; init; }

    /// <summary>The format of the values: <c>RAW</c>, <c>AVRO</c> or <c>JSON</c>. Default <c>RAW</c>.</summary>
    public string InputFormat { get; init; } = "RAW";

    /// <summary>The configuration of the format as JSON, for example <c>{"data_type":"float32","data_reshape":"18"}</c>. Default <c>{}</c>.</summary>
    public string InputConfig { get; init; } = "{}";

    /// <summary>A description of the dataset. Default empty.</summary>
    public string Description { get; init; } = "";

    /// <summary>The fraction of validation rows, from 0 to 1. Default 0.</summary>
    public double ValidationRate { get; init; }

    /// <summary>The fraction of test rows, from 0 to 1. Default 0.</summary>
    public double TestRate { get; init; }

    /// <summary>The number of messages in the ranges.</summary>
    public long TotalMessages { get; init; }

    /// <summary>Creates the message for a manifest: its ranges, and the fractions of rows in its splits named <c>validation</c> and <c>test</c>.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <returns>The message; set <see cref="InputFormat"/> and <see cref="InputConfig"/> with a <c>with</c> expression.</returns>
    public static KafkaMlControlMessage Of(DatasetManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        Dictionary<string, long> rows = manifest.Topics.SelectMany(t => t.Splits).GroupBy(s => s.Name).ToDictionary(g => g.Key, g => g.Sum(s => s.Rows ?? 0));
        double all = rows.Where(r => r.Key is "train" or "validation" or "test").Sum(r => (double)r.Value);
        return new KafkaMlControlMessage
        {
            Snapshots = [.. manifest.Topics.Select(t => t.Snapshot)],
            ValidationRate = all > 0 ? rows.GetValueOrDefault("validation") / all : 0,
            TestRate = all > 0 ? rows.GetValueOrDefault("test") / all : 0,
            TotalMessages = manifest.Topics.Sum(t => t.Snapshot.Length),
        };
    }

    /// <summary>
    /// Creates a manifest of the ranges, with the splits <c>train</c>, <c>validation</c> and <c>test</c> in the message's proportions. Kafka-ML splits rows in the order in which a consumer
    /// happens to receive them, which is not repeatable; this manifest splits them by a hash of their partition and offset, which is.
    /// </summary>
    /// <param name="seed">The key of the hash. Default 0.</param>
    /// <returns>The manifest, without columns, counts and digests, which the message does not contain.</returns>
    public DatasetManifest ToManifest(long seed = 0)
    {
        double train = Math.Max(0, 1 - (ValidationRate + TestRate)); // not 1 − 0.7 − 0.3, which is greater than 0
        double validated = TestRate > 0 ? 1 - TestRate : 1;
        (string Name, double From, double To)[] parts = [("train", 0, train), ("validation", train, validated), ("test", validated, 1)];
        ManifestSplit[] splits = [.. parts.Where(p => p.From < p.To).Select(p => new ManifestSplit(p.Name, DatasetSplit.ByOffset(p.From, p.To, seed)))];
        return new DatasetManifest(Snapshots.Select(s => new ManifestTopic(s, [], splits)));
    }

    /// <summary>Writes the message as JSON, with the same members as Kafka-ML's sinks.</summary>
    /// <returns>One line of JSON.</returns>
    /// <exception cref="FormatException"><see cref="InputConfig"/> is not JSON.</exception>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("topic", string.Join(',', Snapshots.SelectMany(s => s.Partitions.Select(p => FormattableString.Invariant($"{s.Topic}:{p.Partition}:{p.Start}:{p.End}")))));
            writer.WriteNull("unsupervised_topic");
            writer.WriteString("input_format", InputFormat);
            writer.WriteString("description", Description);
            writer.WriteStartObject("dataset_restrictions");
            writer.WriteEndObject();
            writer.WritePropertyName("input_config");
            WriteConfig(writer);
            writer.WriteNumber("validation_rate", ValidationRate);
            writer.WriteNumber("test_rate", TestRate);
            writer.WriteNumber("total_msg", TotalMessages);
            writer.WriteBoolean("incremental", false);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads a control message.</summary>
    /// <param name="json">The value of the record on the control topic.</param>
    /// <returns>The message.</returns>
    /// <exception cref="FormatException">The JSON is not a control message of ranges; the message says why.</exception>
    public static KafkaMlControlMessage Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            DatasetSnapshot[] snapshots = Ranges(root.Member("topic").GetString() ?? "");
            var message = new KafkaMlControlMessage
            {
                Snapshots = snapshots.Length > 0 ? snapshots : throw new FormatException("it has no ranges."),
                InputFormat = root.Member("input_format").GetString() ?? "RAW",
                InputConfig = root.TryGetProperty("input_config", out JsonElement config) ? config.ValueKind == JsonValueKind.String ? config.GetString()! : config.GetRawText() : "{}",
                Description = root.TryGetProperty("description", out JsonElement description) ? description.GetString() ?? "" : "",
                ValidationRate = Rate(root, "validation_rate"),
                TestRate = Rate(root, "test_rate"),
                TotalMessages = root.TryGetProperty("total_msg", out JsonElement total) && total.ValueKind == JsonValueKind.Number ? total.GetInt64() : snapshots.Sum(s => s.Length),
            };
            return message.ValidationRate + message.TestRate <= MostRate ? message : throw new FormatException("validation_rate and test_rate are more than 1 together.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            throw DocumentFaults.Of("a control message of Kafka-ML", e);
        }
    }

    private static double Rate(JsonElement root, string name)
        => !root.TryGetProperty(name, out JsonElement rate) || rate.ValueKind == JsonValueKind.Null ? 0
            : rate.GetDouble() is >= 0 and <= 1 and var value ? value
            : throw new FormatException($"{name} is not from 0 to 1.");

    private static DatasetSnapshot[] Ranges(string topics) =>
    [
        .. from range in topics.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Range)
           group range.Partition by range.Topic into topic
           select new DatasetSnapshot(topic.Key, null, topic),
    ];

    /// <summary>Parses a range. Kafka-ML calls the last number a length, but writes the end offset.</summary>
    private static (string Topic, PartitionRange Partition) Range(string text)
        => text.Split(':') is [var topic, var partition, var start, var end]
            ? (topic, new PartitionRange(int.Parse(partition, NumberStyles.None, CultureInfo.InvariantCulture), long.Parse(start, NumberStyles.None, CultureInfo.InvariantCulture), long.Parse(end, NumberStyles.None, CultureInfo.InvariantCulture)))
            : throw new FormatException($"'{text}' is not topic:partition:start:end.");

    private void WriteConfig(Utf8JsonWriter writer)
    {
        try
        {
            using JsonDocument config = JsonDocument.Parse(InputConfig);
            config.RootElement.WriteTo(writer);
        }
        catch (JsonException e)
        {
            throw new FormatException($"{nameof(InputConfig)} is not JSON: {e.Message}", e);
        }
    }
}
