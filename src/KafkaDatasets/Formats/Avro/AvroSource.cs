using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KafkaDatasets.Formats.Avro;

/// <summary>
/// Corrects the JSON of Avro schemas where Apache.Avro deviates from the specification: a logical type that does not suit
/// its type must be ignored, not rejected, and a default that looks like a date is ordinary text.
/// </summary>
internal static class AvroSource
{
    /// <summary>Prefixes a text that would otherwise be parsed as a date.</summary>
    private const char Mark = '\0';

    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static string Mend(string json)
    {
        using var reader = new JsonTextReader(new StringReader(json)) { DateParseHandling = DateParseHandling.None };
        JToken root = JToken.ReadFrom(reader);
        return Mend(root, isDefault: false) ? root.ToString(Formatting.None) : json;
    }

    /// <summary>Returns the text of a default.</summary>
    public static string Text(JToken value) => value.Value<string>()!.TrimStart(Mark);

    private static bool Mend(JToken token, bool isDefault)
    {
        bool isMended = false;
        switch (token)
        {
            case JObject or JArray:
                foreach (JToken child in token.ToArray())
                {
                    isMended |= child is JProperty property ? Mend(property.Value, isDefault || property.Name == "default") : Mend(child, isDefault);
                }

                if (!isDefault && token is JObject type && type["logicalType"] is { } logicalType)
                {
                    if (IsFixedUuid(type, logicalType))
                    {
                        type["logicalType"] = AvroTypes.FixedUuid;
                        isMended = true;
                    }
                    else if (!Fits(type, logicalType))
                    {
                        isMended = type.Remove("logicalType");
                    }
                }

                break;
            case JValue { Value: string text } value when isDefault && JToken.Parse(JsonConvert.ToString(text)).Type == JTokenType.Date:
                value.Value = Mark + text;
                isMended = true;
                break;
        }

        return isMended;
    }

    private static bool Fits(JObject schema, JToken logicalType)
    {
        string? type = TypeName(schema);
        return logicalType is JValue { Value: string logical } && logical switch
        {
            "uuid" => type == "string",
            "date" or "time-millis" => type == "int",
            "time-micros" or "timestamp-millis" or "timestamp-micros" or "local-timestamp-millis" or "local-timestamp-micros" or "timestamp-nanos" or "local-timestamp-nanos" => type == "long",
            "duration" => type == "fixed" && SizeOf(schema) == 12,
            "decimal" => type is "bytes" or "fixed" && HasPrecision(schema),
            _ => true,
        };
    }

    /// <summary>Returns the name of the type, which may be wrapped in its own object, as Apache.Avro writes it.</summary>
    private static string? TypeName(JToken schema) => schema switch
    {
        JObject => TypeName(schema["type"] ?? ""),
        JValue { Value: string name } => name,
        _ => null,
    };

    private static bool IsFixedUuid(JObject schema, JToken logicalType) =>
        logicalType is JValue { Value: "uuid" } && TypeName(schema) == "fixed" && SizeOf(schema) == 16;

    private static long? SizeOf(JToken schema) => schema switch
    {
        JObject type => type["size"] is JValue { Value: long size } ? size : SizeOf(type["type"] ?? ""),
        _ => null,
    };

    private static bool HasPrecision(JObject schema) =>
        schema["precision"] is JValue { Value: long and > 0 and <= int.MaxValue and var precision }
        && (schema["scale"] ?? new JValue(0L)) is JValue { Value: long and >= 0 and var scale }
        && scale <= precision;
}
