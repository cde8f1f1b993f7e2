using System.Text;
using KafkaDatasets.Tests.Fetching;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Tests.Formats.Avro;

/// <summary>The document of Avro's types, from the columns that the library makes of them.</summary>
internal static class AvroTable
{
    private static readonly (string Shown, string Json)[] Types =
    [
        ("boolean", "\"boolean\""),
        ("int", "\"int\""),
        ("long", "\"long\""),
        ("float", "\"float\""),
        ("double", "\"double\""),
        ("string", "\"string\""),
        ("bytes", "\"bytes\""),
        ("fixed(4)", """{"type":"fixed","name":"F","size":4}"""),
        ("enum", """{"type":"enum","name":"E","symbols":["A","B"]}"""),
        ("null", "\"null\""),
        ("boolean or null", """["null","boolean"]"""),
        ("int or null", """["null","int"]"""),
        ("long or null", """["null","long"]"""),
        ("float or null", """["null","float"]"""),
        ("double or null", """["null","double"]"""),
        ("string or null", """["null","string"]"""),
        ("enum or null", """["null",{"type":"enum","name":"E","symbols":["A","B"]}]"""),
        ("fixed(4) or null", """["null",{"type":"fixed","name":"F","size":4}]"""),
        ("date", """{"type":"int","logicalType":"date"}"""),
        ("time-millis", """{"type":"int","logicalType":"time-millis"}"""),
        ("time-micros", """{"type":"long","logicalType":"time-micros"}"""),
        ("timestamp-millis", """{"type":"long","logicalType":"timestamp-millis"}"""),
        ("timestamp-micros", """{"type":"long","logicalType":"timestamp-micros"}"""),
        ("timestamp-nanos", """{"type":"long","logicalType":"timestamp-nanos"}"""),
        ("local-timestamp-millis", """{"type":"long","logicalType":"local-timestamp-millis"}"""),
        ("local-timestamp-micros", """{"type":"long","logicalType":"local-timestamp-micros"}"""),
        ("local-timestamp-nanos", """{"type":"long","logicalType":"local-timestamp-nanos"}"""),
        ("decimal (bytes or fixed)", """{"type":"bytes","logicalType":"decimal","precision":12,"scale":3}"""),
        ("uuid (string or fixed)", """{"type":"string","logicalType":"uuid"}"""),
        ("duration", """{"type":"fixed","name":"D","size":12,"logicalType":"duration"}"""),
        ("any other logical type", """{"type":"long","logicalType":"my-own"}"""),
        ("array of float", """{"type":"array","items":"float"}"""),
        ("array of (int or null)", """{"type":"array","items":["null","int"]}"""),
        ("array of string", """{"type":"array","items":"string"}"""),
        ("array of enum", """{"type":"array","items":{"type":"enum","name":"E","symbols":["A","B"]}}"""),
        ("array of array of double", """{"type":"array","items":{"type":"array","items":"double"}}"""),
        ("array of record {price: double, tags: array of string}", """{"type":"array","items":{"type":"record","name":"I","fields":[{"name":"price","type":"double"},{"name":"tags","type":{"type":"array","items":"string"}}]}}"""),
        ("array of array of array of int", """{"type":"array","items":{"type":"array","items":{"type":"array","items":"int"}}}"""),
        ("array of map of int, no key named", """{"type":"array","items":{"type":"map","values":"int"}}"""),
        ("array of map of int, `f.k` named", """{"type":"array","items":{"type":"map","values":"int"}}"""),
        ("map of int, no key named", """{"type":"map","values":"int"}"""),
        ("map of int, `f.k` named", """{"type":"map","values":"int"}"""),
        ("record {x: int, inner: record {y: float}}", """{"type":"record","name":"O","fields":[{"name":"x","type":"int"},{"name":"inner","type":{"type":"record","name":"N","fields":[{"name":"y","type":"float"}]}}]}"""),
        ("union of null, int, string, record R {z: float}", """["null","int","string",{"type":"record","name":"R","fields":[{"name":"z","type":"float"}]}]"""),
        ("record N {x: int, next: N or null}", """{"type":"record","name":"N","fields":[{"name":"x","type":"int"},{"name":"next","type":["null","N"]}]}"""),
        ("record N {x: int, next: N or null}, `f.next.x` and `f.next.next.x` named", """{"type":"record","name":"N","fields":[{"name":"x","type":"int"},{"name":"next","type":["null","N"]}]}"""),
        ("record T {x: int, all: array of T}, `f.all.all.x` named", """{"type":"record","name":"T","fields":[{"name":"x","type":"int"},{"name":"all","type":{"type":"array","items":"T"}}]}"""),
    ];

    public static async Task<string> RenderAsync()
    {
        var text = new StringBuilder(Introduction).AppendLine().AppendLine();
        text.AppendLine("| Avro type of the field `f` | column | `IDataView` type | tensors |").AppendLine("|---|---|---|---|");
        foreach ((string shown, string json) in Types)
        {
            string schema = AvroBytes.Record($$"""{"name":"f","type":{{json}}}""");
            await using KafkaDataset dataset = await new FakeEngine(new FakePartition(0, 0, 0, [])).OpenAsync(new KafkaDatasetOptions
            {
                BootstrapServers = "fake:1",
                Format = RecordFormat.Avro(schema),
                ExtraColumns = [.. shown.Split('`').Where((_, i) => i % 2 == 1)],
            });
            DataViewSchema view = dataset.ToDataView(new MLContext()).Schema;
            foreach (DatasetColumn column in dataset.Schema.Columns)
            {
                text.AppendLine($"| {shown} | `{column.Name}` | {ViewType(view[column.Name].Type)} | {Tensors(column)} |");
            }

            foreach ((string name, string reason) in dataset.Schema.Unreadable)
            {
                text.AppendLine($"| {shown} | – | – | {reason} |");
            }
        }

        foreach (DatasetColumn column in new DatasetSchema("", [], new Dictionary<string, string>()).RecordColumns)
        {
            text.AppendLine($"| (the record's own) | `{column.Name}` | {column.Type} | `batch.{column.Name}s` |");
        }

        return text.AppendLine().AppendLine(Rules).ToString();
    }

    private static string ViewType(DataViewType type) => type switch
    {
        VectorDataViewType { Size: 0 } vector => $"vector of {ViewType(vector.ItemType)}",
        VectorDataViewType vector => $"vector of {vector.Size} {ViewType(vector.ItemType)}",
        KeyDataViewType => "Key, with key values",
        TextDataViewType => "Text",
        _ => type.RawType.Name,
    };

    private static string Tensors(DatasetColumn column)
    {
        int[]? shape = column.IsRagged ? [16] : null;
        TensorColumn[] all = [TensorColumn.Single("f", shape), TensorColumn.Double("f", shape), TensorColumn.Int32("f", shape), TensorColumn.Int64("f", shape)];
        string types = string.Join(", ", all.Where(t => t.FaultOf(column) is null).Select(t => t.Type));
        return types.Length == 0 ? "–" : column.IsRagged ? $"{types}, of a shape that is given" : column.IsVector ? $"{types} [rows, {column.Size}]" : types;
    }

    private const string Introduction = """
        # Avro types

        What each type of Avro becomes in a view (a column of `IDataView`) and in batches (a tensor named in `BatchOptions.Tensors`). This table is generated by a test, which fails where it is not true.
        """;

    private const string Rules = """
        **Names.** A nested field is its path: `inner.deep.y`. A union of several types besides null has a column for each branch, named by the branch's type (`u.int`, `u.string`, `u.R.z`; a record's, enum's or fixed's name with its namespace only where two would be alike); in a record that holds another branch the value is missing. A schema that is no record is one column, `value`.

        **Missing values.** A missing number is NaN, a missing text empty, a missing key 0, a missing date or timestamp the first moment of the year 1, a missing time of day `TimeSpan.MinValue` (zero is midnight), a missing vector has no items. Integers and Booleans have no value to spare, so those that may be null are floating point: Boolean as Single, int and long as Double. A Double holds integers exactly up to 2^53; beyond, `TensorColumn.Int64("f", missing: …)` reads a nullable long exactly.

        **Times.** A timestamp is in UTC, a local timestamp has no time zone. Nanoseconds are cut off at 100 ns. A date or timestamp outside the years 1 to 9999, and a time outside a day, is a bad record. As a tensor a time is its ticks of 100 ns (`DateTime.Ticks`, of a timestamp in UTC).

        **Decimals** are the nearest double; the writer's scale counts. **Durations** are months, days and milliseconds.

        **Arrays** are vectors, each record with its own number of items. An array of records is a vector for each field, each with an item for every record of the array. Arrays in arrays, however deep, are one vector; the sizes of the inner arrays are in `f.lengths`, those of the arrays two deep in others in `f.lengths2`, and so on, each beside the path of the array that it measures. A field of such a name keeps it, and the sizes are then no column. An inner array that is null has size 0. As a tensor an array needs the shape of a row, and either a padding or exactly that many items: `TensorColumn.Single("f", shape: [28, 28], padding: 0)`.

        **Maps** do not tell their keys, so a key is a column when it is asked for: in `KafkaDatasetOptions.ExtraColumns`, `Features` or `Label`. In an array it is a vector with an item for each of the array's, missing where the map lacks the key.

        **Records inside themselves** have no last column, so their fields are columns when they are asked for, in the same way and to the depth that the name has: `next.v`, `next.next.v`. The name of the record, `next`, stands for all its fields. A record that ends before has a missing value.

        **The record's own columns** are in every view, and decoded when they are asked for. Where a record has a field of the same name, the field keeps it and the record's own column is `Kafka.Offset` and so on. Keys and headers are columns when `KafkaDatasetOptions.RecordColumns` says so.

        **Other writers' schemas** are resolved to the dataset's by the specification, record by record: fields by name and alias, promotions, defaults, enum defaults. A time or decimal that was written in another unit or scale keeps its value.
        """;
}
