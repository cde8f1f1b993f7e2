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

/// <summary>Maps Avro's types to column types.</summary>
internal static class AvroTypes
{
    /// <summary>Represents the logical type uuid on a fixed, which Apache.Avro does not support.</summary>
    public const string FixedUuid = "fixed-uuid";

    /// <summary>The logical types of named fixed types, which Apache.Avro drops when a name is reused.</summary>
    private static readonly ConditionalWeakTable<FixedSchema, LogicalSchema> Logical = [];

    /// <summary>Remembers the logical type of a fixed, for every use of its name.</summary>
    public static void Remember(LogicalSchema logical)
    {
        if (logical.BaseSchema is FixedSchema fixedSchema)
        {
            Logical.AddOrUpdate(fixedSchema, logical);
        }
    }

    /// <summary>Returns the logical type of a schema, or null.</summary>
    public static LogicalSchema? LogicalOf(Schema schema) =>
        schema as LogicalSchema ?? (schema is FixedSchema fixedSchema && Logical.TryGetValue(fixedSchema, out LogicalSchema? logical) ? logical : null);

    /// <summary>Returns a schema and all schemas within it, each once.</summary>
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

    /// <summary>Returns the type of a single-value column, or null; nullable integers and Booleans become floating point, which has NaN for missing.</summary>
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

    /// <summary>Returns the item type and count of a type that is a vector by itself: bytes (0: any number), fixed, and duration; otherwise null.</summary>
    public static (ColumnType Type, int Count)? ItemsOf(Schema schema) => (LogicalOf(schema)?.LogicalTypeName, Base(schema)) switch
    {
        ("duration", _) => (ColumnType.UInt32, 3),
        (_, FixedSchema fixedSchema) => (ColumnType.UInt8, fixedSchema.Size),
        (_, { Tag: Schema.Type.Bytes }) => (ColumnType.UInt8, 0),
        _ => null,
    };

    /// <summary>Unwraps a union of null and one other type; any other union, except of null alone, is returned unchanged.</summary>
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

    /// <summary>Whether a union has several types besides null, each a branch with its own columns.</summary>
    public static bool IsWide(UnionSchema union) => union.Schemas.Count(s => s.Tag != Schema.Type.Null) > 1;

    /// <summary>Returns the non-null branches of a union with their type names, without the namespace when that is unambiguous.</summary>
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
