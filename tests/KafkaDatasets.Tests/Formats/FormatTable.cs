using System.Text;
using KafkaDatasets.Tests.Decoding;

namespace KafkaDatasets.Tests.Formats;

/// <summary>Every format that values are read in, for docs/formats.md.</summary>
internal static class FormatTable
{
    /// <summary>The public members of <see cref="RecordFormat"/> that make a format, what each reads, the member of <see cref="WriteFormat"/> that writes it, and the tests that show it.</summary>
    private static readonly (string Member, string Format, WriteFormat[] Written, string Framing, string Columns, Type Test)[] Formats =
    [
        ("Registry", "Avro", [WriteFormat.Avro], "id before the value, or GUID in `__value_schema_id`", "the subject's newest schema; each record's writer is resolved to it", typeof(FramingTests)),
        ("Registry", "JSON Schema", [WriteFormat.Json], "the same", "the subject's newest schema: its `properties`, those of `allOf` and `$ref` too", typeof(Json.JsonValuesTests)),
        ("Registry", "Protobuf", [WriteFormat.Protobuf], "the same, then the message's index", "the message that the range's first record is, or the one named by `RegistrySubject`, of the subject's newest schema", typeof(Protobuf.ProtobufValuesTests)),
        ("RegistrySubject", "as the subject", [WriteFormat.Avro, WriteFormat.Json, WriteFormat.Protobuf], "the same", "the chosen subject and version; of Protobuf the chosen message", typeof(RecordFormatsTests)),
        ("Resolver", "Avro, JSON or Protobuf, as the resolver's schema is", [], "AWS Glue's, Apicurio's, Confluent's, or one of your own ([frames](frames.md))", "the given schema, or that of the range's first record", typeof(FrameTests)),
        ("Avro", "Avro", [WriteFormat.Avro], "none", "the given schema", typeof(Avro.AvroValuesTests)),
        ("Json", "JSON", [WriteFormat.Json], "none", "the given JSON Schema, or the given columns", typeof(Json.JsonValuesTests)),
        ("Protobuf", "Protobuf", [WriteFormat.Protobuf], "none", "the given descriptor", typeof(Protobuf.ProtobufValuesTests)),
        ("Csv", "CSV (RFC 4180)", [WriteFormat.Csv], "none", "the given columns, one of them in the key if wanted", typeof(Text.CsvValuesTests)),
        ("Float32", "32-bit floats, of either byte order", [WriteFormat.Float32], "none", "the given names, or one vector", typeof(Float32.Float32Tests)),
        ("Float64", "64-bit floats (NumPy's default), of either byte order", [WriteFormat.Float64], "none", "the given names, or one vector", typeof(Float32.Float32Tests)),
    ];

    public static IEnumerable<string> Members => Formats.Select(f => f.Member).Distinct();

    public static IEnumerable<WriteFormat> Written => Formats.SelectMany(f => f.Written).Distinct();

    public static string Render()
    {
        var text = new StringBuilder("""
            # Formats
            The formats that `KafkaDatasetOptions.Format` reads, with the member of `RecordFormat` that creates each. All give the same columns in views and in tensors: see [columns](columns.md).
            `KafkaWriterOptions.Format` writes those with "yes" under *write* ([writing](writing.md)): framed with a schema registry, or bare with `SchemaFraming.None`.

            | `RecordFormat.` | format | write | framing | columns | test |
            |---|---|---|---|---|---|

            """);
        foreach ((string member, string format, WriteFormat[] written, string framing, string columns, Type test) in Formats)
        {
            text.Append($"| `{member}` | {format} | {(written.Length > 0 ? "yes" : "no")} | {framing} | {columns} | `{test.Name}` |\n");
        }

        return text.Append("""

            A format whose framing is "none" can also read framed values, with `.FramedBy(RecordFraming.Confluent)` (or `.Glue`, `.Apicurio`, or your own frame). It needs only the schema, not the registry ([frames](frames.md)).

            ## JSON without a registry

            Declare the columns, or give a JSON Schema. This reads `{"vin":"V12","speed":88.5,"engine":{"temp":91.0},"oilPressure":null,"failed":false}`:

            ```csharp
            var cars = new KafkaDatasetOptions
            {
                BootstrapServers = bootstrapServers,
                Format = RecordFormat.Json(
                [
                    new DatasetColumn("vin", ColumnType.Text),
                    new DatasetColumn("speed", ColumnType.Single),
                    new DatasetColumn("engine.temp", ColumnType.Single),                         // a nested object
                    new DatasetColumn("oilPressure", ColumnType.Single, IsNullable: true),       // may be null or absent: NaN
                    new DatasetColumn("failed", ColumnType.Boolean),
                ]),
                Label = LabelColumn.Binary("failed"),
                Features = ["speed", "engine.temp", "oilPressure"],
            };
            IDataView view = KafkaDataView.FromTopic(ml, "cars", cars);
            ```

            A declared column must have a value in every record, unless `IsNullable` is true; a record without it is a bad record. `IsNullable` is false by default. Names are case-sensitive. Members that are not declared are skipped.

            ## Keys

            `KafkaDatasetOptions.KeyFormat` reads keys in the same formats: framed (an id before the key, or the header `__key_schema_id`) with the schemas of the subject `TOPIC-key`, or bare.
            Their columns are named `Key.` plus the path (`Key.id`, `Key.inner.x`), or `Key` where the schema is not a record (`KeyFormatTests`).
            A null key is a missing value in each of these columns. If a column that is read cannot hold a missing value (an integer or a Boolean), the record is bad.
            The writer writes such a key as a record with one field with `KafkaWriterOptions.KeyFormat` (`WrittenKeyTests`), or as text.

            ## Bad records

            A value or key that does not match its schema throws a `RecordDecodingException` that names topic, partition, offset, field and schema id; with `BadRecordPolicy.Skip` the record is skipped and counted.

            - With `BadRecordPolicy.Skip`, the rows of a dataset are the records whose label, `Features` and `ExtraColumns` can be read, or all columns if the features are not named: whatever a pass reads, a cursor, batches or a live read, it skips the same records (`SkippedRowsTests`). Scorers, monitors and profiles need only the columns that they read, and skip no record because of others. List in `ExtraColumns` every other column that a pipeline reads; otherwise a cursor that reads it has fewer rows than others, and `TrainTestSplit` may put a row on both sides.
            - Only values whose column is read are validated. Other values are skipped by their structure alone, however deeply they are nested.
            - A record of another type than the dataset's is bad (`OtherTypesTests`): an Avro record with another name, whatever its namespace, unless the name is an alias; a Protobuf message with another name, whatever its package; a JSON record whose schema has another title. A JSON Schema without one has the title of the schema that its root refers to, or that schema's name.
            - So is a record with a nested record of another type in a column that is read (`NestedTypesTests`). In Avro, the specification's rule for names decides; names that Kafka Connect numbers, such as `ConnectDefault2`, count as the same. In JSON, the title decides, unless the schema is a version of the same subject. In Protobuf, the message's name without its package decides.
            - A Protobuf field is known by its number. If the writer gave the number to another field, and has a field of the same name under another number, the record is bad.
            - A pass in which no record can be decoded always throws, and the message says what the bytes look like.

            A number that an open Protobuf enum (proto3) does not define is key 0, and is missing as a category label, since newer writers may add values.
            The length alone does not always distinguish `Float32` from `Float64`: two 64-bit numbers are as long as four 32-bit ones. NumPy arrays are `float64` by default.

            ## Declared columns

            Where no schema lists the columns (JSON, CSV), `DatasetColumn` declares them.

            - In JSON, a name with dots is tried first as the whole name of a member, and then as a path into nested objects: `after.amount` reads both `{"after.amount":1.5}` and `{"after":{"amount":1.5}}`. If the whole name is there and null, the value is missing. The same holds for a JSON Schema that describes both as values of one type; one that describes them as different types is refused.
            - Names of objects may have dots too, and longer names are tried first: `a.b.c` also reads `{"a.b":{"c":1.5}}` (in names of up to six parts).
            - `Depth` says how deeply lists are nested. `Unit` is the unit of a number that is a date or time.
            - `DecimalScale` says that a text in JSON is a decimal as Kafka Connect writes it, in base64. JSON numbers (Kafka Connect's `decimal.format=NUMERIC`) and texts with a decimal point, which base64 does not have, are read as numbers; any other text that is not base64 is a bad record. Digits alone (`"1234"`) are base64, so leave `DecimalScale` out where numbers are quoted.

            A column with `IsNullable` that was missing in every record of a pass is logged as a warning, since its name may be wrong.

            ## JSON as people write it

            Shown by `JsonValuesTests`, `JsonTimesTests`, `JsonDeclaredTests` and `JsonTypesTests`:

            | in the text | is read as |
            |---|---|
            | `null` for a member that is not required | missing, the same as absent; only a required member must not be null |
            | `null` in a list | a missing value, an object without members, or an empty list; an integer, a Boolean and a required member must not be null |
            | `"12.5"`, `"42"`, `"true"`, `1` for a number or a Boolean, with blanks around it or without; `""` for one that may be missing | 12.5, 42, true, true; missing |
            | `true` for a column that is declared as Single or Double, as a Boolean that may be missing is | 1 |
            | `NaN`, `Infinity`, `-Infinity`, with quotes or without; `1e999`, which the writer writes | the value; in an integer that may be missing, NaN is missing |
            | `2026-11-24T00:00:00`, `2026-11-24 00:00:00+0200`, `20261124T000000Z`, `2026-11-24` | a point in time, in UTC where no offset is given |
            | `"BNI="` for a number with `"connect.type":"bytes"` and a scale of 2 in its schema, or with `DecimalScale = 2`; `12.34` and `"12.34"` there too | 12.34 |
            | a number with the schema title `org.apache.kafka.connect.data.Timestamp`, `io.debezium.time.MicroTimestamp` …, the format `timestamp-millis`, `unix-time` …, or with `Unit` | a date, a time, or a time span |
            | a value that may be of several types (`oneOf`, `anyOf`, several `type`s), at the root or elsewhere | a column for each type, named by it: `Order.id`, `u.string` |
            | a record whose schema has another title than the dataset's, or that is of another type of a `oneOf`; one with such an object in a column that is read | a bad record |
            | members and values that no column reads, of any depth and any name | skipped by their structure alone |

            ## CSV

            An empty field is missing, and so are the texts that you name: `RecordFormat.Csv(columns, key: null, missing: ["NA", "null", @"\N"])`. Dates and times have the forms of the table above, as in JSON; any other form (`10:00`, `24 Nov`, `03/04/2026`) is a bad record. Blanks around a field are part of a text or a key, but not of other values.

            ## Encoding of texts

            A byte order mark at the start of a JSON text or a CSV record is skipped. A text in JSON or CSV that is read and is not UTF-8 is a bad record, and the message names the byte. Texts in Avro and Protobuf are UTF-8 by their specifications; invalid bytes become U+FFFD in a view.

            """).ToString();
    }
}
