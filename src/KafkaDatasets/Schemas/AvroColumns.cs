using AvroField = global::Avro.Field;
using EnumSchema = global::Avro.EnumSchema;
using LogicalSchema = global::Avro.LogicalSchema;
using RecordSchema = global::Avro.RecordSchema;
using Schema = global::Avro.Schema;
using UnionSchema = global::Avro.UnionSchema;
using UnknownLogicalType = global::Avro.Util.UnknownLogicalType;

namespace KafkaDatasets.Schemas;

/// <summary>The columns of an Avro record.</summary>
internal static class AvroColumns
{
    /// <summary>The columns: every field of a scalar type, those of nested records under their paths.</summary>
    public static DatasetSchema Of(RecordSchema record)
    {
        var columns = new List<DatasetColumn>();
        var unreadable = new Dictionary<string, string>();
        Add(record, "", nullable: false, columns, unreadable, new HashSet<RecordSchema>(ReferenceEqualityComparer.Instance));
        return new DatasetSchema(record.Fullname, columns, unreadable);
    }

    public static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static void Add(RecordSchema record, string path, bool nullable, List<DatasetColumn> columns, Dictionary<string, string> unreadable, HashSet<RecordSchema> open)
    {
        open.Add(record);
        foreach (AvroField field in record.Fields)
        {
            string name = Join(path, field.Name);
            (Schema schema, bool isNullable) = Unwrap(field.Schema);
            isNullable |= nullable;
            if (schema is RecordSchema inner && !open.Contains(inner))
            {
                Add(inner, name, isNullable, columns, unreadable, open);
            }
            else if (TypeOf(schema, isNullable) is { } type)
            {
                IReadOnlyList<string>? values = schema is EnumSchema symbols ? [.. symbols.Symbols] : null;
                columns.Add(new DatasetColumn(name, type, isNullable, values, field.Documentation));
            }
            else
            {
                unreadable.Add(name, $"the Avro type {Describe(schema)} is not supported as a column");
            }
        }

        open.Remove(record);
    }

    /// <summary>The type of a column: a missing number is NaN, which integers and Booleans do not have, so nullable ones are floating point.</summary>
    private static ColumnType? TypeOf(Schema schema, bool nullable) => schema switch
    {
        { Tag: Schema.Type.Boolean } => nullable ? ColumnType.Single : ColumnType.Boolean,
        { Tag: Schema.Type.Int } => nullable ? ColumnType.Double : ColumnType.Int32,
        { Tag: Schema.Type.Long } => nullable ? ColumnType.Double : ColumnType.Int64,
        { Tag: Schema.Type.Float } => ColumnType.Single,
        { Tag: Schema.Type.Double } => ColumnType.Double,
        { Tag: Schema.Type.String } => ColumnType.Text,
        EnumSchema => ColumnType.Key,
        LogicalSchema { LogicalTypeName: "uuid", BaseSchema.Tag: Schema.Type.String } => ColumnType.Text,
        LogicalSchema { LogicalType: UnknownLogicalType, LogicalTypeName: not ("timestamp-nanos" or "local-timestamp-nanos") } custom => TypeOf(custom.BaseSchema, nullable),
        _ => null,
    };

    /// <summary>What a union of null and one other type holds.</summary>
    private static (Schema Schema, bool IsNullable) Unwrap(Schema schema)
    {
        if (schema is UnionSchema union)
        {
            Schema[] others = [.. union.Schemas.Where(s => s.Tag != Schema.Type.Null)];
            if (others.Length == 1)
            {
                return (others[0], union.Count > 1);
            }
        }

        return (schema, false);
    }

    private static string Describe(Schema schema) => schema switch
    {
        LogicalSchema logical => logical.LogicalTypeName,
        RecordSchema record => $"record {record.Fullname} inside itself",
        UnionSchema union => $"union of {union.Count}",
        _ => schema.Tag.ToString().ToLowerInvariant(),
    };
}
