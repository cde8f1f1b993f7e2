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

namespace KafkaDatasets.Tests.Formats.Avro;

/// <summary>A random record schema of every Avro type, random data of it, and what the dataset's columns must then hold.</summary>
internal sealed class RandomAvro
{
    private const int MaxDepth = 3;
    private static readonly string[] Scalars = ["boolean", "int", "long", "float", "double", "string", "enum", "uuid"];

    private readonly Random _random;
    private readonly List<(string Name, ColumnType Type, bool IsVector)> _columns = [];
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
    public IReadOnlyList<(string Name, ColumnType Type, bool IsVector)> Columns => _columns;

    public GenericRecord NextDatum() => (GenericRecord)Value(Root, 0)!;

    /// <summary>What a column holds for a record: a missing value as NaN, empty text, key 0 or the least time, a missing list as an empty one.</summary>
    public static object Expected(GenericRecord record, DatasetColumn column)
    {
        var found = new List<object?>();
        Walk(record.Schema, record, "", column.Name, found, inList: !column.IsVector);
        if (!column.IsVector)
        {
            return Convert(column.Type, found.Count == 0 ? null : found[0]);
        }

        object[] items = [.. found.Select(v => Convert(column.Type, v))];
        Type type = column.Type == ColumnType.Text ? typeof(string) : Convert(column.Type, null).GetType();
        var array = Array.CreateInstance(type, items.Length);
        items.CopyTo(array, 0);
        return array;
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

    /// <summary>Gathers the values of a column below a value: one, or those of its list in order.</summary>
    private static void Walk(Schema schema, object? value, string path, string column, List<object?> found, bool inList)
    {
        switch (value)
        {
            case GenericRecord record:
                foreach (Field field in record.Schema.Fields.Where(f => Leads(Join(path, f.Name))))
                {
                    Walk(field.Schema, record.GetValue(field.Pos), Join(path, field.Name), column, found, inList);
                }

                break;
            case Array items and not byte[]:
                Schema item = ((ArraySchema)(schema as UnionSchema)?.Schemas.OfType<ArraySchema>().Single()! ?? (ArraySchema)schema).ItemSchema;
                if (column == Join(path, "lengths") && inList)
                {
                    found.Add(items.Length);
                    break;
                }

                foreach (object? one in items)
                {
                    Walk(item, one, path, column, found, inList: true);
                }

                break;
            case IDictionary<string, object>:
                break;
            default:
                if (schema is UnionSchema union && union.Schemas.Count(b => b.Tag != Schema.Type.Null) > 1)
                {
                    string name = value switch { int => "int", string => "string", bool => "boolean", double => "double", byte[] => "bytes", _ => "none" };
                    path = Join(path, name);
                }

                if (path == column && (value is not null || inList)) // a list that is not there has no items
                {
                    found.AddRange(value switch
                    {
                        byte[] bytes => bytes.Cast<object?>(),
                        GenericFixed { Schema.Name: var name } fixedValue when name.StartsWith('D') => Enumerable.Range(0, 3).Select(i => (object?)BitConverter.ToUInt32(fixedValue.Value, 4 * i)),
                        GenericFixed fixedValue => fixedValue.Value.Cast<object?>(),
                        _ => [value],
                    });
                }

                break;
        }

        bool Leads(string to) => column == to || column.StartsWith($"{to}.", StringComparison.Ordinal);
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static object Convert(ColumnType type, object? value) => (type, value) switch
    {
        (ColumnType.Single, null) => float.NaN,
        (ColumnType.Single, bool b) => b ? 1f : 0f,
        (ColumnType.Double, null) => double.NaN,
        (ColumnType.Double, int i) => (double)i,
        (ColumnType.Double, long l) => (double)l,
        (ColumnType.Double, AvroDecimal d) => double.Parse(d.ToString(), System.Globalization.CultureInfo.InvariantCulture),
        (ColumnType.Text, null) => "",
        (ColumnType.Text, Guid g) => g.ToString(),
        (ColumnType.Key, null) => 0u,
        (ColumnType.Key, GenericEnum e) => (uint)e.Schema.Ordinal(e.Value) + 1,
        (ColumnType.DateTime, null) => default(DateTime),
        (ColumnType.DateTimeOffset, null) => default(DateTimeOffset),
        (ColumnType.DateTimeOffset, DateTime t) => new DateTimeOffset(DateTime.SpecifyKind(t, DateTimeKind.Utc)),
        (ColumnType.TimeSpan, null) => TimeSpan.MinValue,
        (ColumnType.UInt8, null) => (byte)0,
        (ColumnType.UInt32, null) => 0u,
        (ColumnType.Int32, null) => 0,
        (ColumnType.Int64, null) => 0L,
        (ColumnType.Boolean, null) => false,
        _ => value!,
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
        _ => Other(path, nullable, depth, self),
    };

    private string Scalar(string path, bool nullable)
    {
        string kind = Scalars[_random.Next(Scalars.Length)];
        _columns.Add((path, ScalarType(kind, nullable), false));
        return Type(kind);
    }

    private string List(string path)
    {
        string kind = Scalars[_random.Next(Scalars.Length)];
        bool nullable = _random.Next(3) == 0;
        _columns.Add((path, ScalarType(kind, nullable), true));
        return $$$"""{"type":"array","items":{{{(nullable ? OrNull(Type(kind)) : Type(kind))}}}}""";
    }

    private static ColumnType ScalarType(string kind, bool nullable) => kind switch
    {
        "boolean" => nullable ? ColumnType.Single : ColumnType.Boolean,
        "int" => nullable ? ColumnType.Double : ColumnType.Int32,
        "long" => nullable ? ColumnType.Double : ColumnType.Int64,
        "float" => ColumnType.Single,
        "double" => ColumnType.Double,
        "enum" => ColumnType.Key,
        _ => ColumnType.Text,
    };

    private string Type(string kind) => kind switch
    {
        "enum" => $$"""{"type":"enum","name":"E{{_names++}}","symbols":[{{string.Join(',', Enumerable.Range(0, _random.Next(1, 70)).Select(i => $"\"S{i}\""))}}]}""",
        "uuid" => """{"type":"string","logicalType":"uuid"}""",
        _ => $"\"{kind}\"",
    };

    private string OrNull(string type) => _random.Next(2) == 0 ? $"[\"null\",{type}]" : $"[{type},\"null\"]";

    private string Other(string path, bool nullable, int depth, string self)
    {
        switch (_random.Next(18))
        {
            case 0:
                return "\"null\"";
            case 1:
                return Vector(ColumnType.UInt8, "\"bytes\"");
            case 2:
                return Vector(ColumnType.UInt8, $$"""{"type":"fixed","name":"F{{_names++}}","size":{{_random.Next(1, 20)}}}""");
            case 3 or 4:
                return _random.Next(3) == 0 ? OrNull(List(path)) : List(path);
            case 5 when depth < MaxDepth:
                return $$"""{"type":"map","values":{{Any(depth + 1, self)}}}""";
            case 6:
                return $"[\"null\",\"{self}\"]";
            case 7:
                return $$"""{"type":"array","items":"{{self}}"}""";
            case 8:
                Scalar("int", ColumnType.Double);
                Scalar("string", ColumnType.Text);
                return """["null","int","string"]""";
            case 9:
                Scalar("boolean", ColumnType.Single);
                Scalar("double", ColumnType.Double);
                _columns.Add((Join(path, "bytes"), ColumnType.UInt8, true));
                return """["boolean","double","bytes"]""";
            case 10:
                return Scalar("", ColumnType.DateTime, """{"type":"int","logicalType":"date"}""");
            case 11:
                return Scalar("", ColumnType.DateTimeOffset, """["null",{"type":"long","logicalType":"timestamp-millis"}]""");
            case 12:
                return Scalar("", ColumnType.Double, """{"type":"bytes","logicalType":"decimal","precision":12,"scale":3}""");
            case 13:
                return Scalar("", ColumnType.Double, $$"""{"type":"fixed","name":"F{{_names++}}","size":6,"logicalType":"decimal","precision":10,"scale":2}""");
            case 14:
                return Scalar("", ColumnType.TimeSpan, """{"type":"long","logicalType":"time-micros"}""");
            case 15:
                Vector(ColumnType.Double, "");
                _columns.Add((Join(path, "lengths"), ColumnType.Int32, true));
                return """{"type":"array","items":{"type":"array","items":"double"}}""";
            case 16:
                _columns.Add((Join(path, "a"), ColumnType.Double, true));
                _columns.Add((Join(path, "b"), ColumnType.Text, true));
                _columns.Add((Join(path, "b.lengths"), ColumnType.Int32, true));
                return $$$"""{"type":"array","items":{"type":"record","name":"R{{{_names++}}}","fields":[{"name":"a","type":["null","int"]},{"name":"b","type":{"type":"array","items":"string"}}]}}""";
            default:
                return Vector(ColumnType.UInt32, $$"""{"type":"fixed","name":"D{{_names++}}","size":12,"logicalType":"duration"}""");
        }

        string Vector(ColumnType type, string json)
        {
            _columns.Add((path, type, true));
            return json;
        }

        string Scalar(string branch, ColumnType type, string json = "")
        {
            _columns.Add((branch.Length == 0 ? path : Join(path, branch), type, false));
            return json;
        }
    }

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
        "duration" => new GenericFixed((FixedSchema)schema.BaseSchema, Bytes(12)),
        "time-micros" => TimeSpan.FromMicroseconds(_random.NextInt64(86_400_000_000)),
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
