using System.Globalization;
using System.Text.Json;

namespace KafkaDatasets.Formats.Json;

/// <summary>A logical type of a number (a date, a time, or a decimal in base64), which Kafka Connect and Debezium declare by the schema's title, others by its format.</summary>
/// <param name="Type">The type of the column.</param>
/// <param name="Unit">The unit of a date or time, or null.</param>
/// <param name="DecimalScale">The scale of a decimal, or null.</param>
internal sealed record JsonLogicalType(ColumnType Type, TimeUnit? Unit, int? DecimalScale)
{
    private const string Connect = "org.apache.kafka.connect.data.";
    private const string Debezium = "io.debezium.time.";

    /// <summary>Whether its values may be text.</summary>
    public bool IsText => DecimalScale is not null;

    /// <summary>Returns the logical type of a number schema, or null for plain numbers.</summary>
    public static JsonLogicalType? Of(JsonElement schema) => Text(schema, "connect.type") == "bytes" && Scale(schema) is { } scale
        ? new JsonLogicalType(ColumnType.Double, null, scale)
        : (Text(schema, "title") ?? Text(schema, "connect.name")) switch
        {
            Connect + "Decimal" => new JsonLogicalType(ColumnType.Double, null, Scale(schema) ?? 0),
            Connect + "Timestamp" => Time(ColumnType.DateTimeOffset, TimeUnit.Millisecond),
            Connect + "Date" or Debezium + "Date" => Time(ColumnType.DateTime, TimeUnit.Day),
            Connect + "Time" or Debezium + "Time" => Time(ColumnType.TimeSpan, TimeUnit.Millisecond),
            Debezium + "MicroTime" => Time(ColumnType.TimeSpan, TimeUnit.Microsecond),
            Debezium + "NanoTime" => Time(ColumnType.TimeSpan, TimeUnit.Nanosecond),
            Debezium + "Timestamp" => Time(ColumnType.DateTime, TimeUnit.Millisecond),
            Debezium + "MicroTimestamp" => Time(ColumnType.DateTime, TimeUnit.Microsecond),
            Debezium + "NanoTimestamp" => Time(ColumnType.DateTime, TimeUnit.Nanosecond),
            _ => Text(schema, "format") switch
            {
                "unix-time" or "timestamp-seconds" or "epoch-seconds" => Time(ColumnType.DateTimeOffset, TimeUnit.Second),
                "utc-millisec" or "timestamp-millis" or "epoch-millis" => Time(ColumnType.DateTimeOffset, TimeUnit.Millisecond),
                "timestamp-micros" => Time(ColumnType.DateTimeOffset, TimeUnit.Microsecond),
                "timestamp-nanos" => Time(ColumnType.DateTimeOffset, TimeUnit.Nanosecond),
                _ => null,
            },
        };

    /// <summary>Returns the field with this logical type.</summary>
    public JsonField Describe(JsonField field) => field with { Kind = JsonKind.Scalar, Type = Type, Unit = Unit, DecimalScale = DecimalScale };

    private static JsonLogicalType Time(ColumnType type, TimeUnit unit) => new(type, unit, null);

    private static int? Scale(JsonElement schema) =>
        schema.TryGetProperty("connect.parameters", out JsonElement parameters) && parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("scale", out JsonElement scale)
        && int.TryParse(scale.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            ? value
            : null;

    private static string? Text(JsonElement schema, string keyword) =>
        schema.TryGetProperty(keyword, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
