using System.Text;
using Confluent.SchemaRegistry;
using KafkaDatasets.Formats;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Formats.Json;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Schemas;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Tests.Writing;

/// <summary>The table of what a column that has been written is when it is read, made by reading the schemas that are written.</summary>
internal static class ReadBackTable
{
    private static readonly MLContext Ml = new(1);

    public static void Render(StringBuilder text)
    {
        text.Append("""
            ## Views: nested records, and what is read back

            A dot in a column's name leads into a nested record, as it does when a topic is read: the columns `inner.x` and `inner.deep.y` are written as the field `inner`, a record with the field `x` and the record `deep` (Avro), as nested objects (JSON) or as nested messages (Protobuf), and are read back under the same names. Nested records are never null: a missing value is missing in its field. A vector with a dot in its name, such as `items.x` read from a list of records, becomes a list in a record. In `Csv`, `Float32` and `Float64` a dot has no meaning, nor has it in a name with an empty part (`a.`, `..`). A column `a` beside a column `a.b` is an `InvalidOptionsException`. An Avro `Schema` selects columns by the paths of its fields, a JSON Schema by its outermost properties.

            Every key and every time of a view can be missing (key 0, the least time), and is nullable. In a vector a missing key is null, which Protobuf cannot hold: such a row is refused. Every column is read back with equal values, as these types:

            | column | Avro | JSON | Protobuf | Protobuf, in a nested record |
            |---|---|---|---|---|

            """);
        Row<bool>(text);
        Row<sbyte>(text);
        Row<byte>(text);
        Row<short>(text);
        Row<ushort>(text);
        Row<int>(text);
        Row<uint>(text);
        Row<long>(text);
        Row<ulong>(text);
        Row<float>(text);
        Row<double>(text);
        Row<string>(text);
        Row(text, "Key whose values are symbols", Key("red"), Key("red", "in.Value"));
        Row(text, "Key whose values are other texts", Key("a b"), Key("a b", "in.Value"));
        Row(text, "Key without values", Ml.Data.LoadFromEnumerable([new Numbered()]), Ml.Data.LoadFromEnumerable([new NumberedWithin()]));
        Row<DateTime>(text);
        Row<DateTimeOffset>(text);
        Row<TimeSpan>(text);
        Row<float[]>(text);
        Row<int[]>(text);
        Row<byte[]>(text);
        Row<string[]>(text);
        Row<TimeSpan[]>(text);
        text.Append("""

            Avro has signed integers of 32 and 64 bits only, and times of day in microseconds. JSON has bytes as text only. Protobuf has no times without a time zone: they are written as instants, as if they were UTC. A field of a nested Protobuf message is missing when the message is, and integers and Booleans that can be missing are read as floating-point numbers, rounded beyond 2⁵³. A key without key values is read back as the number from 0 that is written, or NaN where it was missing. A vector of known size is read back as one of variable size.


            """);
    }

    private static void Row<T>(StringBuilder text)
    {
        Type item = typeof(T).GetElementType() ?? typeof(T);
        string name = item == typeof(string) ? "Text" : item == typeof(sbyte) ? "Int8" : item == typeof(byte) ? "UInt8" : item.Name;
        T value = typeof(T).IsArray ? (T)(object)Array.CreateInstance(item, 0) : typeof(T) == typeof(string) ? (T)(object)"" : default!;
        Row(text, typeof(T).IsArray ? $"Vector of {name}" : name, Ml.Data.LoadFromEnumerable([new Cell<T> { Value = value }]), Ml.Data.LoadFromEnumerable([new CellWithin<T> { Value = value }]));
    }

    private static void Row(StringBuilder text, string column, IDataView view, IDataView within)
        => text.AppendLine($"| {column} | {Read(view, WriteFormat.Avro)} | {Read(view, WriteFormat.Json)} | {Read(view, WriteFormat.Protobuf)} | {Read(within, WriteFormat.Protobuf)} |");

    private static string Read(IDataView view, WriteFormat format)
    {
        string document = ValueFormats.Of(format).Document(Encoded.Shape(view, Encoded.Options(format)));
        DatasetSchema schema = format switch
        {
            WriteFormat.Avro => new AvroRecordFormat(SchemaDocument.OfOptions(SchemaType.Avro, document), WantedColumns.None).Schema,
            WriteFormat.Json => new JsonRecordFormat(SchemaDocument.OfOptions(SchemaType.Json, document), WantedColumns.None).Schema,
            _ => ProtobufRecordFormat.Of(SchemaDocument.OfOptions(SchemaType.Protobuf, document), null, WantedColumns.None).Schema,
        };
        DatasetColumn column = schema.Columns.Single();
        return column.IsVector ? $"Vector of {column.Type}" : column.Type.ToString();
    }

    private static IDataView Key(string symbol, string name = "Value")
    {
        IDataView texts = Ml.Data.LoadFromEnumerable([new Cell<string> { Value = symbol }]);
        return Ml.Transforms.Conversion.MapValueToKey(name, "Value").Append(Ml.Transforms.SelectColumns(name)).Fit(texts).Transform(texts);
    }

    private sealed class Cell<T>
    {
        public T Value { get; set; } = default!;
    }

    private sealed class CellWithin<T>
    {
        [ColumnName("in.Value")]
        public T Value { get; set; } = default!;
    }

    private sealed class Numbered
    {
        [KeyType(10)]
        public uint Value { get; set; }
    }

    private sealed class NumberedWithin
    {
        [KeyType(10)]
        [ColumnName("in.Value")]
        public uint Value { get; set; }
    }
}
