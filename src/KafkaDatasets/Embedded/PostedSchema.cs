using System.Security.Cryptography;
using System.Text.Json;

namespace KafkaDatasets.Embedded;

/// <summary>A schema as a client registers it.</summary>
/// <param name="Type">AVRO, JSON or PROTOBUF.</param>
/// <param name="Text">The schema itself.</param>
/// <param name="References">The schemas that it references.</param>
/// <param name="Metadata">Metadata as JSON, or null.</param>
/// <param name="RuleSet">Rules as JSON, or null.</param>
internal sealed record PostedSchema(
    string Type,
    string Text,
    IReadOnlyList<SchemaReference> References,
    JsonElement? Metadata = null,
    JsonElement? RuleSet = null)
{
    internal const string Avro = "AVRO";
    internal const string Json = "JSON";
    internal const string Protobuf = "PROTOBUF";

    /// <summary>A GUID derived from the content, the same in every process.</summary>
    /// <remarks>
    /// As in the real registry, white space is ignored; the order of properties is ignored in Avro, whose parser writes them in one order, but not in JSON Schema,
    /// where it is that of the columns.
    /// </remarks>
    /// <exception cref="JsonException">The schema should be JSON but is not.</exception>
    internal Guid Identify()
    {
        using MemoryStream content = new();
        using (Utf8JsonWriter writer = new(content))
        {
            writer.WriteStartArray();
            writer.WriteStringValue(Type);
            WriteText(writer);
            foreach (SchemaReference reference in References)
            {
                writer.WriteStringValue(reference.Name);
                writer.WriteStringValue(reference.Subject);
                writer.WriteNumberValue(reference.Version);
            }

            WriteSorted(writer, Metadata);
            WriteSorted(writer, RuleSet);
            writer.WriteEndArray();
        }

        return new Guid(MD5.HashData(content.GetBuffer().AsSpan(0, (int)content.Length)), bigEndian: true);
    }

    private void WriteText(Utf8JsonWriter writer)
    {
        if (Type == Protobuf)
        {
            writer.WriteStringValue(Text);
            return;
        }

        using JsonDocument text = JsonDocument.Parse(Text);
        if (Type == Json)
        {
            text.RootElement.WriteTo(writer);
        }
        else
        {
            WriteSorted(writer, text.RootElement);
        }
    }

    private static void WriteSorted(Utf8JsonWriter writer, JsonElement? element)
    {
        switch (element?.ValueKind)
        {
            case null:
                writer.WriteNullValue();
                break;
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (JsonProperty property in element.Value.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(property.Name);
                    WriteSorted(writer, property.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (JsonElement item in element.Value.EnumerateArray())
                {
                    WriteSorted(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                element.Value.WriteTo(writer);
                break;
        }
    }
}
