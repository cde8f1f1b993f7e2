using Avro;
using KafkaDatasets.Schemas;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Derives the shape that a given Avro schema describes.</summary>
internal static class AvroShape
{
    /// <summary>Parses a schema.</summary>
    /// <exception cref="SchemaException">The document is not the schema of a record, or has a field that cannot be written.</exception>
    public static RecordShape Parse(string json)
        => Record(AvroDocuments.ParseRecord(SchemaDocument.OfOptions(Confluent.SchemaRegistry.SchemaType.Avro, json)), "", []);

    private static RecordShape Record(RecordSchema schema, string path, HashSet<string> open)
    {
        if (!open.Add(schema.Fullname))
        {
            throw new SchemaException($"Field '{path}': record {schema.Fullname} is recursive, which cannot be written.") { Field = path };
        }

        RowField[] fields = [.. schema.Fields.Select((field, i) => new RowField(field.Name, TypeOf(field.Schema, path.Length == 0 ? field.Name : $"{path}.{field.Name}", open), i + 1))];
        open.Remove(schema.Fullname);
        return new RecordShape(schema.Name, schema.Namespace, fields);
    }

    private static FieldType TypeOf(Schema schema, string path, HashSet<string> open)
    {
        if (schema is not UnionSchema union)
        {
            return Some(schema, path, open);
        }

        Schema[] some = [.. union.Schemas.Where(s => s.Tag != Schema.Type.Null)];
        return some.Length == 1
            ? Some(some[0], path, open) with { IsNullable = union.Count > 1, NullIndex = union[0].Tag == Schema.Type.Null ? 0 : 1 }
            : throw new SchemaException($"Field '{path}' is a union of {union.Count} types: only a union of null and one other type can be written.") { Field = path };
    }

    private static FieldType Some(Schema schema, string path, HashSet<string> open) => schema switch
    {
        { Tag: Schema.Type.Boolean } => new ScalarType(ScalarKind.Boolean),
        { Tag: Schema.Type.Int } => new ScalarType(ScalarKind.Int32),
        { Tag: Schema.Type.Long } => new ScalarType(ScalarKind.Int64),
        { Tag: Schema.Type.Float } => new ScalarType(ScalarKind.Single),
        { Tag: Schema.Type.Double } => new ScalarType(ScalarKind.Double),
        { Tag: Schema.Type.String } => new ScalarType(ScalarKind.Text),
        { Tag: Schema.Type.Bytes } => new ScalarType(ScalarKind.Bytes),
        FixedSchema bytes => new ScalarType(ScalarKind.Bytes) { FixedSize = bytes.Size },
        EnumSchema symbols => new EnumType(symbols.Name, [.. symbols.Symbols]),
        ArraySchema array => new ListType(TypeOf(array.ItemSchema, path, open)),
        MapSchema map => new MapType(TypeOf(map.ValueSchema, path, open)),
        RecordSchema record => Record(record, path, open),
        LogicalSchema logical => Logical(logical, path, open),
        _ => throw new SchemaException($"Field '{path}': Avro {schema} cannot be written.") { Field = path },
    };

    private static FieldType Logical(LogicalSchema schema, string path, HashSet<string> open)
    {
        int? size = (schema.BaseSchema as FixedSchema)?.Size;
        return schema.LogicalTypeName switch
        {
            "uuid" => new ScalarType(ScalarKind.Uuid) { FixedSize = size },
            "date" => new ScalarType(ScalarKind.Date),
            "time-millis" => Time(ScalarKind.Time, TimeSpan.TicksPerMillisecond),
            "time-micros" => Time(ScalarKind.Time, TimeSpan.TicksPerMicrosecond),
            "timestamp-millis" => Time(ScalarKind.Timestamp, TimeSpan.TicksPerMillisecond),
            "timestamp-micros" => Time(ScalarKind.Timestamp, TimeSpan.TicksPerMicrosecond),
            "timestamp-nanos" => Time(ScalarKind.Timestamp, 0),
            "local-timestamp-millis" => Time(ScalarKind.LocalTimestamp, TimeSpan.TicksPerMillisecond),
            "local-timestamp-micros" => Time(ScalarKind.LocalTimestamp, TimeSpan.TicksPerMicrosecond),
            "local-timestamp-nanos" => Time(ScalarKind.LocalTimestamp, 0),
            "decimal" => new ScalarType(ScalarKind.Decimal) { FixedSize = size, Precision = Number(schema, "precision"), Scale = Number(schema, "scale") },
            _ => Some(schema.BaseSchema, path, open),
        };
    }

    private static ScalarType Time(ScalarKind kind, long ticksPerUnit) => new(kind) { TicksPerUnit = (int)ticksPerUnit };

    private static int Number(LogicalSchema schema, string property) => int.TryParse(schema.GetProperty(property), out int number) ? number : 0;
}
