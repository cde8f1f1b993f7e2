using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;

namespace KafkaDatasets.Ranges;

/// <summary>Writes and reads splits as JSON.</summary>
internal static class SplitJson
{
    public static void Write(Utf8JsonWriter writer, ManifestSplit split)
    {
        writer.WriteStartObject();
        writer.WriteString("name", split.Name);
        writer.WritePropertyName("split");
        Write(writer, split.Split);
        if (split.Rows is { } rows)
        {
            writer.WriteNumber("rows", rows);
        }

        if (split.Digest is not null)
        {
            writer.WriteString("digest", split.Digest);
        }

        if (split.OrderedDigest is not null)
        {
            writer.WriteString("orderedDigest", split.OrderedDigest);
        }

        writer.WriteEndObject();
    }

    public static ManifestSplit Read(JsonElement json) => new(
        json.Member("name").GetString() ?? throw new FormatException("a split has no name."),
        ReadSplit(json.Member("split")),
        json.TryGetProperty("rows", out JsonElement rows) ? rows.GetInt64() : null,
        Digest(json, "digest"),
        Digest(json, "orderedDigest"));

    private static string? Digest(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out JsonElement digest) || digest.GetString() is not { } text)
        {
            return null;
        }

        return text.Length == 2 * SHA256.HashSizeInBytes && text.All(char.IsAsciiHexDigit)
            ? text.ToLowerInvariant()
            : throw new FormatException($"the {name} '{text}' of a split is not a SHA-256 in hexadecimal digits.");
    }

    private static void Write(Utf8JsonWriter writer, DatasetSplit? split)
    {
        if (split is null)
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteStartObject();
        switch (split)
        {
            case DatasetSplit.FieldSplit field:
                writer.WriteString("by", "field");
                writer.WriteString("field", field.Field);
                WriteInterval(writer, field);
                break;
            case DatasetSplit.KeySplit key:
                writer.WriteString("by", "recordKey");
                WriteInterval(writer, key);
                break;
            case DatasetSplit.OffsetSplit offset:
                writer.WriteString("by", "offset");
                WriteInterval(writer, offset);
                break;
            case DatasetSplit.TimeSplit time:
                writer.WriteString("by", "time");
                if (time.From is { } from)
                {
                    writer.WriteString("from", from);
                }

                if (time.To is { } to)
                {
                    writer.WriteString("to", to);
                }

                writer.WriteNumber("embargoTicks", time.Embargo.Ticks);
                break;
            default:
                throw new UnreachableException();
        }

        writer.WriteEndObject();
    }

    private static void WriteInterval(Utf8JsonWriter writer, DatasetSplit.HashSplit split)
    {
        writer.WriteNumber("from", split.From);
        writer.WriteNumber("to", split.To);
        writer.WriteNumber("seed", split.Seed);
    }

    private static DatasetSplit? ReadSplit(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        DatasetSplit split = json.Member("by").GetString() switch
        {
            "field" => DatasetSplit.ByField(json.Member("field").GetString() ?? "", From(json), To(json), Seed(json)),
            "recordKey" => DatasetSplit.ByRecordKey(From(json), To(json), Seed(json)),
            "offset" => DatasetSplit.ByOffset(From(json), To(json), Seed(json)),
            "time" => DatasetSplit.ByTime(Time(json, "from"), Time(json, "to"), TimeSpan.FromTicks(json.Member("embargoTicks").GetInt64())),
            var by => throw new FormatException($"a split is by '{by}', which this library does not know."),
        };
        return split.Faults.FirstOrDefault() is { } fault ? throw new FormatException($"a split {fault}.") : split;
    }

    private static double From(JsonElement json) => json.Member("from").GetDouble();

    private static double To(JsonElement json) => json.Member("to").GetDouble();

    private static long Seed(JsonElement json) => json.Member("seed").GetInt64();

    private static DateTimeOffset? Time(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement time) ? time.GetDateTimeOffset() : null;
}
