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

        What each Avro type becomes in a view (a column of `IDataView`) and in batches (a tensor named in `BatchOptions.Tensors`). A test generates this table and fails when the table is wrong. [Columns](columns.md) explains what applies to every format: names, missing values, times, lists, maps and recursive records.
        """;

    private const string Rules = """
        **Unions** of several types besides null have a column for each branch, named after the branch's type (`u.int`, `u.string`, `u.R.z`). A record, enum or fixed has its namespace in the column's name only if two branches would otherwise have the same name.

        **Times.** A timestamp is in UTC; a local timestamp has no time zone. A time outside a day is a bad record.

        **Decimals** become the nearest double, with the scale of the writer's schema. **Durations** are months, days and milliseconds.

        **Other writers' schemas** are resolved to the dataset's schema for each record, as the Avro specification says: fields by name and alias, promotions, defaults, and enum defaults. A time or decimal that was written with another unit or scale keeps its value, and a date becomes the timestamp at which it begins. Where writer and dataset give a field different meanings (a date and a time of day, a text and a decimal), the record is bad, although Avro's rules for the types would allow it.
        """;
}
