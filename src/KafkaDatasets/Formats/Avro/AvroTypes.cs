using System.Runtime.CompilerServices;
using ArraySchema = global::Avro.ArraySchema;
using FixedSchema = global::Avro.FixedSchema;
using LogicalSchema = global::Avro.LogicalSchema;
using MapSchema = global::Avro.MapSchema;
using NamedSchema = global::Avro.NamedSchema;
using RecordSchema = global::Avro.RecordSchema;
using Schema = global::Avro.Schema;
using UnionSchema = global::Avro.UnionSchema;

namespace KafkaDatasets.Formats.Avro;

/// <summary>What Avro's types are here.</summary>
internal static class AvroTypes
{
    /// <summary>Stands for the logical type uuid of a fixed, which Apache.Avro does not know.</summary>
    public const string FixedUuid = "fixed-uuid";

    /// <summary>A fixed that was declared with a logical type: Apache.Avro forgets it where the name is used again.</summary>
    private static readonly ConditionalWeakTable<FixedSchema, LogicalSchema> Logical = [];

    /// <summary>Keeps in mind that a fixed has a logical type, wherever its name is used.</summary>
    public static void Remember(LogicalSchema logical)
    {
        if (logical.BaseSchema is FixedSchema fixedSchema)
        {
            Logical.AddOrUpdate(fixedSchema, logical);
        }
    }

    /// <summary>The logical type of a schema, or null.</summary>
    public static LogicalSchema? LogicalOf(Schema schema) =>
        schema as LogicalSchema ?? (schema is FixedSchema fixedSchema && Logical.TryGetValue(fixedSchema, out LogicalSchema? logical) ? logical : null);

    /// <summary>A schema and all that are in it, each once.</summary>
    public static IReadOnlyCollection<Schema> All(Schema schema)
    {
        var all = new HashSet<Schema>(ReferenceEqualityComparer.Instance);
        Add(schema);
        return all;

        void Add(Schema each)
        {
            if (all.Add(each))
            {
                foreach (Schema part in PartsOf(each))
                {
                    Add(part);
                }
            }
        }
    }

    public static Schema Base(Schema schema) => schema is LogicalSchema logical ? logical.BaseSchema : schema;

    /// <summary>The type of a column of one value, or null. A missing number is NaN, which integers and Booleans do not have, so nullable ones are floating point.</summary>
    public static ColumnType? TypeOf(Schema schema, bool nullable) => (LogicalOf(schema)?.LogicalTypeName, Base(schema).Tag) switch
    {
        ("date" or "local-timestamp-millis" or "local-timestamp-micros" or "local-timestamp-nanos", _) => ColumnType.DateTime,
        ("timestamp-millis" or "timestamp-micros" or "timestamp-nanos", _) => ColumnType.DateTimeOffset,
        ("time-millis" or "time-micros", _) => ColumnType.TimeSpan,
        ("decimal", _) => ColumnType.Double,
        (FixedUuid, _) => ColumnType.Text,
        (_, Schema.Type.Boolean) => nullable ? ColumnType.Single : ColumnType.Boolean,
        (_, Schema.Type.Int) => nullable ? ColumnType.Double : ColumnType.Int32,
        (_, Schema.Type.Long) => nullable ? ColumnType.Double : ColumnType.Int64,
        (_, Schema.Type.Float) => ColumnType.Single,
        (_, Schema.Type.Double) => ColumnType.Double,
        (_, Schema.Type.String) => ColumnType.Text,
        (_, Schema.Type.Enumeration) => ColumnType.Key,
        _ => null,
    };

    /// <summary>What the items are of a type that is a vector by itself, and how many: bytes (0: any number), fixed, and duration; else null.</summary>
    public static (ColumnType Type, int Count)? ItemsOf(Schema schema) => (LogicalOf(schema)?.LogicalTypeName, Base(schema)) switch
    {
        ("duration", _) => (ColumnType.UInt32, 3),
        (_, FixedSchema fixedSchema) => (ColumnType.UInt8, fixedSchema.Size),
        (_, { Tag: Schema.Type.Bytes }) => (ColumnType.UInt8, 0),
        _ => null,
    };

    /// <summary>What a union of null and one other type holds; any other union, but of null alone, is itself.</summary>
    public static (Schema Schema, bool IsNullable) Unwrap(Schema schema)
    {
        if (schema is UnionSchema union)
        {
            Schema[] others = [.. union.Schemas.Where(s => s.Tag != Schema.Type.Null)];
            return others.Length switch
            {
                0 when union.Count > 0 => (union.Schemas[0], true),
                1 => (others[0], union.Count > 1),
                _ => (union, union.Count > others.Length),
            };
        }

        return (schema, false);
    }

    /// <summary>Whether a union has several types besides null, each of which is a branch with columns of its own.</summary>
    public static bool IsWide(UnionSchema union) => union.Schemas.Count(s => s.Tag != Schema.Type.Null) > 1;

    /// <summary>The branches of a union but null, by the names of their types; a name without its namespace where that is enough to tell them apart.</summary>
    public static IEnumerable<(Schema Branch, string Name)> Branches(UnionSchema union)
    {
        Schema[] branches = [.. union.Schemas.Where(s => s.Tag != Schema.Type.Null)];
        return branches.Select(branch => (branch, Base(branch) is NamedSchema named && branches.Select(Base).Count(b => b.Name == named.Name) > 1 ? named.Fullname : Base(branch).Name));
    }

    public static string Describe(Schema schema) => schema switch
    {
        _ when LogicalOf(schema) is { } logical => logical.LogicalTypeName,
        UnionSchema union => $"union of {union.Count}",
        _ => schema.Tag.ToString().ToLowerInvariant(),
    };

    private static IEnumerable<Schema> PartsOf(Schema schema) => schema switch
    {
        LogicalSchema logical => [logical.BaseSchema],
        RecordSchema record => record.Fields.Select(f => f.Schema),
        UnionSchema union => union.Schemas,
        ArraySchema array => [array.ItemSchema],
        MapSchema map => [map.ValueSchema],
        _ => [],
    };
}
