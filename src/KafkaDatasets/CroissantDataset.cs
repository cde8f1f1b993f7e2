using System.Buffers;
using System.Text;
using System.Text.Json;
using KafkaDatasets.Diagnostics;

namespace KafkaDatasets;

/// <summary>
/// A dataset manifest as Croissant JSON-LD (mlcommons.org/croissant, version 1.0), the format in which catalogs and search engines describe machine-learning datasets. The document embeds the manifest
/// itself, which <see cref="Parse"/> reads back.
/// </summary>
/// <param name="Name">The dataset's name.</param>
/// <param name="Manifest">The manifest.</param>
public sealed record CroissantDataset(string Name, DatasetManifest Manifest)
{
    private const string Conformance = "http://mlcommons.org/croissant/1.0";
    private const string Namespace = "https://github.com/kafkadatasets/kafkadatasets/";

    /// <summary>The member that holds the manifest.</summary>
    private const string Member = "kafkadatasets:manifest";

    /// <summary>A description of the dataset. Default empty.</summary>
    public string Description { get; init; } = "";

    /// <summary>The URL of a page about the dataset; a relative one is relative to the document. Default null.</summary>
    public Uri? Url { get; init; }

    /// <summary>The licence, as a URL or a name. Default null.</summary>
    public string? License { get; init; }

    /// <summary>Writes the dataset as JSON-LD.</summary>
    /// <returns>The JSON, indented.</returns>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            WriteContext(writer);
            writer.WriteString("@type", "sc:Dataset");
            writer.WriteString("conformsTo", Conformance);
            writer.WriteString("name", Name);
            writer.WriteString("description", Description);
            if (Url is not null)
            {
                writer.WriteString("url", Url.IsAbsoluteUri ? Url.AbsoluteUri : Url.OriginalString);
            }

            if (License is not null)
            {
                writer.WriteString("license", License);
            }

            writer.WriteStartArray("distribution");
            foreach (ManifestTopic topic in Manifest.Topics)
            {
                WriteDistribution(writer, topic);
            }

            writer.WriteEndArray();
            writer.WriteStartArray("recordSet");
            foreach (ManifestTopic topic in Manifest.Topics)
            {
                WriteRecordSet(writer, topic);
            }

            writer.WriteEndArray();
            writer.WritePropertyName(Member);
            Manifest.WriteTo(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads JSON-LD written by <see cref="ToJson"/>, including documents to which other tools have added properties.</summary>
    /// <param name="json">The JSON-LD.</param>
    /// <returns>The dataset.</returns>
    /// <exception cref="FormatException">The JSON is not a Croissant dataset with a manifest; the message says why.</exception>
    public static CroissantDataset Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            return !root.TryGetProperty(Member, out JsonElement manifest)
                ? throw new FormatException($"it has no '{Member}': only datasets that this library described have the offsets of a topic.")
                : new CroissantDataset(Text(root, "name") ?? "", DatasetManifest.Read(manifest))
                {
                    Description = Text(root, "description") ?? "",
                    Url = Text(root, "url") is { } url ? new Uri(url, UriKind.RelativeOrAbsolute) : null,
                    License = Text(root, "license"),
                };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            throw DocumentFaults.Of("a Croissant dataset of this library", e);
        }
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>The context that the specification gives, and this library's namespace.</summary>
    private static void WriteContext(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("@context");
        writer.WriteString("@language", "en");
        writer.WriteString("@vocab", "https://schema.org/");
        writer.WriteString("sc", "https://schema.org/");
        writer.WriteString("cr", "http://mlcommons.org/croissant/");
        writer.WriteString("dct", "http://purl.org/dc/terms/");
        writer.WriteString("kafkadatasets", Namespace);
        writer.WriteString("conformsTo", "dct:conformsTo");
        foreach (string term in (string[])["column", "extract", "field", "fileObject", "recordSet", "source"])
        {
            writer.WriteString(term, $"cr:{term}");
        }

        foreach ((string term, string type) in ((string, string)[])[("dataType", "@vocab"), (Member, "@json")])
        {
            writer.WriteStartObject(term);
            writer.WriteString("@id", term.Contains(':', StringComparison.Ordinal) ? term : $"cr:{term}");
            writer.WriteString("@type", type);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteDistribution(Utf8JsonWriter writer, ManifestTopic topic)
    {
        writer.WriteStartObject();
        writer.WriteString("@type", "cr:FileObject");
        writer.WriteString("@id", topic.Snapshot.Topic);
        writer.WriteString("name", topic.Snapshot.Topic);
        writer.WriteString("contentUrl", $"kafka:{Uri.EscapeDataString(topic.Snapshot.Topic)}");
        writer.WriteString("encodingFormat", "application/vnd.kafka");
        if (topic.Splits.FirstOrDefault(s => s.Split is null)?.OrderedDigest is { } digest)
        {
            writer.WriteString("sha256", digest);
        }

        writer.WriteEndObject();
    }

    private static void WriteRecordSet(Utf8JsonWriter writer, ManifestTopic topic)
    {
        string name = $"{topic.Snapshot.Topic}/records";
        writer.WriteStartObject();
        writer.WriteString("@type", "cr:RecordSet");
        writer.WriteString("@id", name);
        writer.WriteString("name", name);
        writer.WriteStartArray("field");
        foreach (string column in topic.Columns)
        {
            int type = column.LastIndexOf(' ');
            WriteField(writer, topic.Snapshot.Topic, name, column[..type], column[(type + 1)..]);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteField(Utf8JsonWriter writer, string topic, string recordSet, string column, string type)
    {
        writer.WriteStartObject();
        writer.WriteString("@type", "cr:Field");
        writer.WriteString("@id", $"{recordSet}/{column}");
        writer.WriteString("name", column);
        writer.WriteString("dataType", DataType(type.Split('[')[0]));
        if (type.Contains('[', StringComparison.Ordinal))
        {
            writer.WriteBoolean("cr:isArray", true);
        }

        writer.WriteStartObject("source");
        writer.WriteStartObject("fileObject");
        writer.WriteString("@id", topic);
        writer.WriteEndObject();
        writer.WriteStartObject("extract");
        writer.WriteString("column", column);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static string DataType(string type) => Enum.Parse<ColumnType>(type) switch
    {
        ColumnType.Boolean => "sc:Boolean",
        ColumnType.Single or ColumnType.Double => "sc:Float",
        ColumnType.DateTime or ColumnType.DateTimeOffset => "sc:DateTime",
        ColumnType.TimeSpan => "sc:Duration",
        ColumnType.Text or ColumnType.Key => "sc:Text",
        >= ColumnType.Int8 and <= ColumnType.UInt64 => "sc:Integer",
        var other => throw new System.Diagnostics.UnreachableException($"column type {other}"),
    };
}
