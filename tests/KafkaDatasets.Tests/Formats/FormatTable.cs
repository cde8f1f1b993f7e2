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
        ("Avro", "Avro", [WriteFormat.Avro], "none", "the given schema", typeof(Avro.AvroValuesTests)),
        ("Json", "JSON", [WriteFormat.Json], "none", "the given JSON Schema, or the given columns", typeof(Json.JsonValuesTests)),
        ("Protobuf", "Protobuf", [WriteFormat.Protobuf], "none", "the given descriptor", typeof(Protobuf.ProtobufValuesTests)),
        ("Csv", "CSV (RFC 4180)", [WriteFormat.Csv], "none", "the given columns, one of them in the key if wanted", typeof(Text.CsvValuesTests)),
        ("Float32", "32-bit floats, of either byte order", [WriteFormat.Float32], "none", "the given names, or one vector", typeof(Float32.Float32Tests)),
        ("Float64", "64-bit floats (NumPy's default), of either byte order", [], "none", "the given names, or one vector", typeof(Float32.Float32Tests)),
    ];

    public static IEnumerable<string> Members => Formats.Select(f => f.Member).Distinct();

    public static IEnumerable<WriteFormat> Written => Formats.SelectMany(f => f.Written).Distinct();

    public static string Render()
    {
        var text = new StringBuilder("""
            # Formats
            What `KafkaDatasetOptions.Format` may be, by the member of `RecordFormat` that makes it; all give the same columns to views and to tensors.
            Each but `Float64` is written too, by `KafkaWriterOptions.Format` ([writing](writing.md)): framed with a schema registry, bare by `SchemaFraming.None`.

            | `RecordFormat.` | format | read | write | framing | columns | test |
            |---|---|---|---|---|---|---|

            """);
        foreach ((string member, string format, WriteFormat[] written, string framing, string columns, Type test) in Formats)
        {
            text.Append($"| `{member}` | {format} | yes | {(written.Length > 0 ? "yes" : "no")} | {framing} | {columns} | `{test.Name}` |\n");
        }

        return text.Append("""

            Keys are read by the same formats, with `KafkaDatasetOptions.KeyFormat`: framed by an id before the key, or by `__key_schema_id`, with the schemas of the subject `TOPIC-key`, or bare.
            Their columns are `Key.` and the path (`Key.id`, `Key.inner.x`), or `Key` where the schema is of no record (`KeyFormatTests`).
            A null key is a missing value in each of them; where one that is read has none (an integer, a Boolean), the record is a bad one.
            The writer writes a key as such a record of one field, by `KafkaWriterOptions.KeyFormat` (`WrittenKeyTests`), or as text.

            Missing is NaN, empty text, key 0, or the least time; integers and Booleans that may be missing are floating-point columns.
            A value or a key that is not of its schema is a `RecordDecodingException` with the field, the offset and the schema's id.
            A value is judged only where its column is read: what nobody asks for is skipped by its structure alone. A record of another type than the dataset's (another name of an Avro record, but for its namespace and aliases; another Protobuf message) is a bad record.
            A number that an open enum of Protobuf (proto3) does not know is key 0, and no category of a label: newer writers may add values.
            `Float32` and `Float64` cannot always be told apart by the length: two numbers of 64 bits are as long as four of 32. NumPy's arrays are `float64` unless they say otherwise.
            Of a map (JSON: `additionalProperties`; Protobuf: keys of text) those keys are columns that `KafkaDatasetOptions.ExtraColumns`, `Features` or `Label` name;
            of an object or message inside itself (JSON: `$ref`) those fields: `next.v`, `next.next.v`.
            Lists in lists are one vector in every format that has them, and the sizes of the inner lists are columns beside it: `path.lengths` of those that lie in one other, `path.lengths2` in two ([Avro types](avro.md)).
            In Protobuf these are repeated fields of repeated messages, and bytes in them; groups of proto2 are messages like others.
            Declared columns of JSON say how deep their lists are: `DatasetColumn.Depth`.

            """).ToString();
    }
}
