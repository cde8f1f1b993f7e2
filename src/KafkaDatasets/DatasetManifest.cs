using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Ranges;

namespace KafkaDatasets;

/// <summary>
/// A permanent description of a dataset: the exact offsets of one or more topics, their columns, named splits, and for each split the number of rows and the digests of their values.
/// Save it with a model to document, and to verify later, what the model was trained on.
/// </summary>
/// <example>
/// <code>
/// DatasetManifest manifest = await DatasetManifest.CreateAsync("payments", options, new Dictionary&lt;string, DatasetSplit?&gt;
/// {
///     ["train"] = DatasetSplit.ByField("user_id", 0.0, 0.7, seed: 1),
///     ["test"] = DatasetSplit.ByField("user_id", 0.7, 1.0, seed: 1),
/// });
/// await File.WriteAllTextAsync("payments.manifest.json", manifest.ToJson());
/// </code>
/// </example>
public sealed class DatasetManifest
{
    private const int Version = 1;

    /// <summary>Creates a manifest of topics, for example by combining the manifests of several single topics.</summary>
    /// <param name="topics">The topics.</param>
    /// <exception cref="ArgumentException">There is no topic, or a topic occurs twice.</exception>
    public DatasetManifest(IEnumerable<ManifestTopic> topics)
    {
        ArgumentNullException.ThrowIfNull(topics);
        Topics = [.. topics];
        if (Topics.Count == 0)
        {
            throw new ArgumentException("A manifest needs a topic.", nameof(topics));
        }

        if (Topics.GroupBy(t => t.Snapshot.Topic, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key is { } twice)
        {
            throw new ArgumentException($"Topic '{twice}' appears twice.", nameof(topics));
        }
    }

    /// <summary>The topics.</summary>
    public IReadOnlyList<ManifestTopic> Topics { get; }

    /// <summary>Creates a manifest of a topic: opens the topic and reads it once for each split to count the rows and compute their digests.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="options">How the topic is read; the manifest records the offsets that <see cref="KafkaDatasetOptions.Range"/> is resolved to. The digests cover every column, not only the label and the features; with <see cref="BadRecordPolicy.Skip"/> only the columns by which records are skipped: the label, the features and the extra columns, or all if the features are not named.</param>
    /// <param name="splits">The splits by name; a null split contains every row.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <returns>The manifest.</returns>
    /// <exception cref="InvalidOptionsException">The options or a split are invalid; the message lists every problem found.</exception>
    /// <exception cref="KafkaDatasetException">The topic cannot be read.</exception>
    public static async Task<DatasetManifest> CreateAsync(string topic, KafkaDatasetOptions options, IReadOnlyDictionary<string, DatasetSplit?> splits, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(splits);
        InvalidOptionsException.ThrowIfAny(nameof(DatasetManifest), [.. splits.SelectMany(s => s.Value?.Faults.Select(f => $"split '{s.Key}' {f}") ?? [])]);
        if (options.Split is not null || splits.Count == 0)
        {
            throw new InvalidOptionsException(nameof(DatasetManifest), [splits.Count == 0 ? "there is no split: name at least one" : $"{nameof(KafkaDatasetOptions.Split)} is set: give the splits by name instead"]);
        }

        DatasetSnapshot? snapshot = null;
        string[] columns = [];
        var rows = new List<ManifestSplit>();
        foreach ((string name, DatasetSplit? split) in splits)
        {
            await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic, Reading(options, snapshot, split), cancellationToken).ConfigureAwait(false);
            rows.Add(await CountAsync(dataset, new ManifestSplit(name, split), cancellationToken).ConfigureAwait(false));
            snapshot = dataset.Snapshot;
            columns = ManifestTopic.ColumnsOf(dataset.Schema);
        }

        return new DatasetManifest([new ManifestTopic(snapshot!, columns, rows)]);
    }

    /// <summary>Reads every split again and compares the columns, the number of rows and the digests with those recorded.</summary>
    /// <param name="options">How the topics are read: the same options with which the manifest was created.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <returns>A task that completes when everything has been compared.</returns>
    /// <remarks>What the manifest does not record is not compared: one of <see cref="KafkaMlControlMessage.ToManifest"/> has neither columns, nor counts, nor digests, so that this only shows that the ranges can be read.</remarks>
    /// <exception cref="ManifestMismatchException">The topics differ from the manifest; the exception lists every difference.</exception>
    /// <exception cref="KafkaDatasetException">A topic cannot be read.</exception>
    public async Task VerifyAsync(KafkaDatasetOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var differences = new List<string>();
        foreach (ManifestTopic topic in Topics)
        {
            string name = topic.Snapshot.Topic;
            foreach (ManifestSplit? split in topic.Splits.DefaultIfEmpty(null))
            {
                await using KafkaDataset dataset = await OpenAsync(topic, Reading(options, topic.Snapshot, split?.Split), cancellationToken).ConfigureAwait(false);
                if (topic.DifferenceOf(dataset.Schema) is not null)
                {
                    differences.Add($"topic '{name}' has the columns {string.Join(", ", ManifestTopic.ColumnsOf(dataset.Schema))}, not {string.Join(", ", topic.Columns)}");
                    break; // the digests cannot be compared, and the records may not even be readable
                }

                if (split is null)
                {
                    break;
                }

                ManifestSplit now = await CountAsync(dataset, split, cancellationToken).ConfigureAwait(false);
                string where = $"topic '{name}', split '{split.Name}'";
                if (split.Rows is { } rows && rows != now.Rows)
                {
                    differences.Add(string.Create(CultureInfo.InvariantCulture, $"{where} has {now.Rows} rows, not {rows}"));
                }
                else if (split.Digest is { } digest && digest != now.Digest)
                {
                    differences.Add($"{where} has other values");
                }
                else if (split.OrderedDigest is { } ordered && ordered != now.OrderedDigest)
                {
                    differences.Add($"{where} has the same rows in another order");
                }
            }
        }

        if (differences.Count > 0)
        {
            throw new ManifestMismatchException(differences);
        }
    }

    /// <summary>Returns a manifest of one of the topics only.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <returns>A manifest that contains only that topic.</returns>
    /// <exception cref="ArgumentException">The manifest has no such topic.</exception>
    public DatasetManifest ForTopic(string topic) => Topics.FirstOrDefault(t => t.Snapshot.Topic == topic) is { } found
        ? new DatasetManifest([found])
        : throw new ArgumentException($"The manifest has no topic '{topic}'; its topics are {string.Join(", ", Topics.Select(t => t.Snapshot.Topic))}.", nameof(topic));

    /// <summary>Writes the manifest as JSON, which <see cref="Parse"/> reads back.</summary>
    /// <returns>The JSON, indented.</returns>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads a manifest written by <see cref="ToJson"/>.</summary>
    /// <param name="json">The JSON.</param>
    /// <returns>The manifest.</returns>
    /// <exception cref="FormatException">The JSON is not a manifest; the message says why.</exception>
    public static DatasetManifest Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            throw DocumentFaults.Of("a dataset manifest", e);
        }
    }

    /// <summary>The only topic of the manifest.</summary>
    /// <exception cref="InvalidOptionsException">The manifest has several topics.</exception>
    internal ManifestTopic Topic => Topics.Count == 1
        ? Topics[0]
        : throw new InvalidOptionsException(nameof(DatasetManifest), [$"it has the topics {string.Join(", ", Topics.Select(t => t.Snapshot.Topic))}: open one of them, by {nameof(ForTopic)}, or all of them as a {nameof(KafkaDatasetMix)}"]);

    internal void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteNumber("version", Version);
        writer.WriteStartArray("topics");
        foreach (ManifestTopic topic in Topics)
        {
            writer.WriteStartObject();
            writer.WritePropertyName("snapshot");
            using (JsonDocument snapshot = JsonDocument.Parse(topic.Snapshot.ToJson()))
            {
                snapshot.RootElement.WriteTo(writer); // indented like the rest of the document
            }

            writer.WriteString("schemaFingerprint", topic.SchemaFingerprint);
            writer.WriteStartArray("columns");
            foreach (string column in topic.Columns)
            {
                writer.WriteStringValue(column);
            }

            writer.WriteEndArray();
            writer.WriteStartArray("splits");
            foreach (ManifestSplit split in topic.Splits)
            {
                SplitJson.Write(writer, split);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    internal static DatasetManifest Read(JsonElement json)
    {
        if (json.Member("version").GetInt32() is var version && version != Version)
        {
            throw new FormatException(FormattableString.Invariant($"it has version {version}, and this library reads version {Version}."));
        }

        return new DatasetManifest([.. json.Member("topics").EnumerateArray().Select(ReadTopic)]);
    }

    private static ManifestTopic ReadTopic(JsonElement json)
    {
        var topic = new ManifestTopic(
            DatasetSnapshot.Parse(json.Member("snapshot").GetRawText()),
            json.Member("columns").EnumerateArray().Select(c => c.GetString() ?? throw new FormatException("a column is null.")),
            json.Member("splits").EnumerateArray().Select(SplitJson.Read));
        return json.Member("schemaFingerprint").GetString() == topic.SchemaFingerprint
            ? topic
            : throw new FormatException($"the columns of topic '{topic.Snapshot.Topic}' do not have their fingerprint: one of them was changed.");
    }

    private static KafkaDatasetOptions Reading(KafkaDatasetOptions options, DatasetSnapshot? snapshot, DatasetSplit? split)
        => options with { Split = split, Range = snapshot is null ? options.Range : TopicRange.Snapshot(snapshot) };

    /// <summary>Opens a topic, without the split if the columns are not those that are recorded: its field may be missing.</summary>
    private static Task<KafkaDataset> OpenAsync(ManifestTopic topic, KafkaDatasetOptions options, CancellationToken cancellationToken) =>
        KafkaDataset.OpenAsync(topic.Snapshot.Topic, options, schema => topic.DifferenceOf(schema) is null ? options : options with { Split = null }, cancellationToken);

    private static async Task<ManifestSplit> CountAsync(KafkaDataset dataset, ManifestSplit split, CancellationToken cancellationToken)
    {
        (long rows, string orderFree, string ordered) = await dataset.DigestAsync(cancellationToken).ConfigureAwait(false);
        return split with { Rows = rows, Digest = orderFree, OrderedDigest = ordered };
    }
}
