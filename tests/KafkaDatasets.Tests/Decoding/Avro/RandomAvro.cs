using System.Text;
using Avro;
using Avro.Generic;
using ArraySchema = Avro.ArraySchema;
using EnumSchema = Avro.EnumSchema;
using FixedSchema = Avro.FixedSchema;
using LogicalSchema = Avro.LogicalSchema;
using MapSchema = Avro.MapSchema;
using RecordSchema = Avro.RecordSchema;
using Schema = Avro.Schema;
using UnionSchema = Avro.UnionSchema;

namespace KafkaDatasets.Tests.Decoding.Avro;

/// <summary>A random record schema of every Avro type, random data of it, and what the dataset's columns must then hold.</summary>
internal sealed class RandomAvro
{
    private const int MaxDepth = 3;
    private static readonly string[] Scalars = ["boolean", "int", "long", "float", "double", "string", "enum", "uuid"];

    private readonly Random _random;
    private readonly List<(string Name, ColumnType Type)> _columns = [];
    private int _names;

    public RandomAvro(int seed)
    {
        _random = new Random(seed);
        Json = Record("", false, 0);
        Root = AvroBytes.Parse(Json);
    }

    public string Json { get; }

    public RecordSchema Root { get; }

    /// <summary>The columns that the schema must give, in order.</summary>
    public IReadOnlyList<(string Name, ColumnType Type)> Columns => _columns;

    public GenericRecord NextDatum() => (GenericRecord)Value(Root, 0)!;

    /// <summary>What a column of that type holds for a record: a missing value as NaN, empty text or key 0.</summary>
    public static object Expected(GenericRecord record, string column, ColumnType type)
    {
        object? value = record;
        foreach (string field in column.Split('.'))
        {
            value = value is GenericRecord parent ? parent.GetValue(parent.Schema[field].Pos) : null;
        }

        return (type, value) switch
        {
            (ColumnType.Single, null) => float.NaN,
            (ColumnType.Single, bool b) => b ? 1f : 0f,
            (ColumnType.Double, null) => double.NaN,
            (ColumnType.Double, int i) => (double)i,
            (ColumnType.Double, long l) => (double)l,
            (ColumnType.Text, null) => "",
            (ColumnType.Text, Guid g) => g.ToString(),
            (ColumnType.Key, null) => 0u,
            (ColumnType.Key, GenericEnum e) => (uint)e.Schema.Ordinal(e.Value) + 1,
            _ => value!,
        };
    }

    /// <summary>The same as an element of a tensor.</summary>
    public static float ToTensor(object expected) => expected switch
    {
        bool b => b ? 1 : 0,
        int i => i,
        long l => l,
        float f => f,
        double d => (float)d,
        _ => throw new ArgumentException(expected.ToString()),
    };

    private string Record(string path, bool nullable, int depth)
    {
        string name = $"R{_names++}";
        int count = _random.Next(depth == 0 ? 1 : 0, depth == 0 ? 9 : 5);
        string[] fields = [.. Enumerable.Range(0, count).Select(i => $$"""{"name":"f{{i}}","type":{{Field(path.Length == 0 ? $"f{i}" : $"{path}.f{i}", nullable, depth, name)}}}""")];
        return $$"""{"type":"record","name":"{{name}}","fields":[{{string.Join(',', fields)}}]}""";
    }

    private string Field(string path, bool nullable, int depth, string self) => _random.Next(12) switch
    {
        < 5 => Scalar(path, nullable),
        < 7 => OrNull(Scalar(path, true)),
        7 when depth < MaxDepth => Record(path, nullable, depth + 1),
        8 when depth < MaxDepth => OrNull(Record(path, true, depth + 1)),
        _ => NoColumn(depth, self),
    };

    private string Scalar(string path, bool nullable)
    {
        string kind = Scalars[_random.Next(Scalars.Length)];
        _columns.Add((path, kind switch
        {
            "boolean" => nullable ? ColumnType.Single : ColumnType.Boolean,
            "int" => nullable ? ColumnType.Double : ColumnType.Int32,
            "long" => nullable ? ColumnType.Double : ColumnType.Int64,
            "float" => ColumnType.Single,
            "double" => ColumnType.Double,
            "enum" => ColumnType.Key,
            _ => ColumnType.Text,
        }));
        return Type(kind);
    }

    private string Type(string kind) => kind switch
    {
        "enum" => $$"""{"type":"enum","name":"E{{_names++}}","symbols":[{{string.Join(',', Enumerable.Range(0, _random.Next(1, 70)).Select(i => $"\"S{i}\""))}}]}""",
        "uuid" => """{"type":"string","logicalType":"uuid"}""",
        _ => $"\"{kind}\"",
    };

    private string OrNull(string type) => _random.Next(2) == 0 ? $"[\"null\",{type}]" : $"[{type},\"null\"]";

    private string NoColumn(int depth, string self) => _random.Next(14) switch
    {
        0 => "\"null\"",
        1 => "\"bytes\"",
        2 => $$"""{"type":"fixed","name":"F{{_names++}}","size":{{_random.Next(1, 20)}}}""",
        3 or 4 when depth < MaxDepth => $$"""{"type":"array","items":{{Any(depth + 1, self)}}}""",
        5 when depth < MaxDepth => $$"""{"type":"map","values":{{Any(depth + 1, self)}}}""",
        6 => $"[\"null\",\"{self}\"]",
        7 => $$"""{"type":"array","items":"{{self}}"}""",
        8 => """["null","int","string"]""",
        9 => """["boolean","double","bytes"]""",
        10 => """{"type":"int","logicalType":"date"}""",
        11 => """["null",{"type":"long","logicalType":"timestamp-millis"}]""",
        12 => """{"type":"bytes","logicalType":"decimal","precision":12,"scale":3}""",
        _ => $$"""{"type":"fixed","name":"F{{_names++}}","size":6,"logicalType":"decimal","precision":10,"scale":2}""",
    };

    /// <summary>A type where no column can be: below an array or a map.</summary>
    private string Any(int depth, string self)
    {
        int columns = _columns.Count;
        string type = Field("below", false, depth, self);
        _columns.RemoveRange(columns, _columns.Count - columns);
        return type;
    }

    private object? Value(Schema schema, int depth) => schema switch
    {
        LogicalSchema logical => Logical(logical),
        RecordSchema record => Record(record, depth + 1),
        EnumSchema symbols => new GenericEnum(symbols, symbols.Symbols[_random.Next(symbols.Count)]),
        FixedSchema fixedSchema => new GenericFixed(fixedSchema, Bytes(fixedSchema.Size)),
        ArraySchema array => Enumerable.Range(0, Items(depth)).Select(_ => Value(array.ItemSchema, depth + 1)).ToArray(),
        MapSchema map => Enumerable.Range(0, Items(depth)).ToDictionary(i => $"k{i}", _ => Value(map.ValueSchema, depth + 1)!),
        UnionSchema union => Value(union.Schemas[depth > 6 && union.Schemas.Any(s => s.Tag == Schema.Type.Null) ? union.Schemas.ToList().FindIndex(s => s.Tag == Schema.Type.Null) : _random.Next(union.Count)], depth),
        _ => Primitive(schema.Tag),
    };

    private GenericRecord Record(RecordSchema schema, int depth)
    {
        var record = new GenericRecord(schema);
        foreach (Field field in schema.Fields)
        {
            record.Add(field.Pos, Value(field.Schema, depth));
        }

        return record;
    }

    private object? Primitive(Schema.Type type) => type switch
    {
        Schema.Type.Null => null,
        Schema.Type.Boolean => _random.Next(2) == 0,
        Schema.Type.Int => _random.Next(4) switch { 0 => int.MinValue, 1 => int.MaxValue, 2 => _random.Next(-70, 70), _ => _random.Next() },
        Schema.Type.Long => _random.Next(4) switch { 0 => long.MinValue, 1 => long.MaxValue, 2 => _random.NextInt64(-70, 70), _ => _random.NextInt64() },
        Schema.Type.Float => _random.Next(6) switch { 0 => float.NaN, 1 => float.NegativeInfinity, 2 => -0f, 3 => float.Epsilon, _ => (_random.NextSingle() - 0.5f) * 1e6f },
        Schema.Type.Double => _random.Next(6) switch { 0 => double.NaN, 1 => double.PositiveInfinity, 2 => -0.0, 3 => double.Epsilon, _ => (_random.NextDouble() - 0.5) * 1e300 },
        Schema.Type.String => Text(),
        Schema.Type.Bytes => Bytes(_random.Next(5) == 0 ? _random.Next(200) : _random.Next(4)),
        _ => throw new NotSupportedException(type.ToString()),
    };

    private object Logical(LogicalSchema schema) => schema.LogicalTypeName switch
    {
        "uuid" => new Guid(Bytes(16)),
        "date" => DateTime.UnixEpoch.AddDays(_random.Next(-50_000, 50_000)),
        "timestamp-millis" => DateTime.UnixEpoch.AddMilliseconds(_random.NextInt64(1L << 41)),
        "decimal" => new AvroDecimal(new System.Numerics.BigInteger(_random.Next(-1_000_000, 1_000_000)), schema.BaseSchema is FixedSchema ? 2 : 3),
        var other => throw new NotSupportedException(other),
    };

    private string Text()
    {
        var text = new StringBuilder();
        for (int length = _random.Next(5) == 0 ? _random.Next(300) : _random.Next(5); text.Length < length;)
        {
            text.Append(_random.Next(4) switch { 0 => "é", 1 => "漢", 2 => "😀", _ => ((char)_random.Next(32, 127)).ToString() });
        }

        return text.ToString();
    }

    private byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    private int Items(int depth) => depth > 6 ? 0 : _random.Next(_random.Next(4) == 0 ? 5 : 2);
}
