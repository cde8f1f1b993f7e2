using Schema = global::Avro.Schema;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Compares what the values of two schemas mean: schema resolution compares only how they are encoded, so that it would read days as milliseconds.</summary>
internal static class AvroMeanings
{
    private enum Meaning
    {
        Plain,
        Text,
        Date,
        TimeOfDay,
        Timestamp,
        Decimal,
        Uuid,
        Duration,
    }

    /// <summary>Whether values of the writer's schema, which can be resolved to the reader's, mean the same there. What one of the two says nothing about means what the other says.</summary>
    public static bool Fit(Schema writer, Schema reader) => (Of(writer), Of(reader)) switch
    {
        var (written, read) when written == read => true,
        (Meaning.Date, Meaning.Timestamp) => true,
        (Meaning.Text, Meaning.Uuid or Meaning.Plain) or (Meaning.Uuid or Meaning.Plain, Meaning.Text) => true,
        (Meaning.Plain, _) or (_, Meaning.Plain) => true,
        _ => false,
    };

    private static Meaning Of(Schema schema) => AvroTypes.LogicalOf(schema)?.LogicalTypeName switch
    {
        "date" => Meaning.Date,
        "time-millis" or "time-micros" => Meaning.TimeOfDay,
        "decimal" => Meaning.Decimal,
        "uuid" or AvroTypes.FixedUuid => Meaning.Uuid,
        "duration" => Meaning.Duration,
        { } name when AvroTime.Unit(name) is not null => Meaning.Timestamp,
        _ => AvroTypes.Base(schema).Tag == Schema.Type.String ? Meaning.Text : Meaning.Plain,
    };
}
