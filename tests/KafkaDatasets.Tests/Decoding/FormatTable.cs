using System.Text;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>Every format that values are read in, for docs/formats.md.</summary>
internal static class FormatTable
{
    /// <summary>The public members of <see cref="RecordFormat"/> that make a format, what each reads, and the tests that show it.</summary>
    private static readonly (string Member, string Format, string Framing, string Columns, Type Test)[] Formats =
    [
        ("Registry", "Avro", "id before the value, or GUID in `__value_schema_id`", "the subject's newest schema; each record's writer is resolved to it", typeof(FramingTests)),
        ("Registry", "JSON Schema", "the same", "the subject's newest schema: its `properties`, those of `allOf` and `$ref` too", typeof(Json.JsonValuesTests)),
        ("Registry", "Protobuf", "the same, then the message's index", "the message that the range's first record is, of the subject's newest schema", typeof(Protobuf.ProtobufValuesTests)),
        ("RegistrySubject", "as the subject", "the same", "the chosen subject and version", typeof(RecordFormatsTests)),
        ("Avro", "Avro", "none", "the given schema", typeof(Avro.AvroValuesTests)),
        ("Json", "JSON", "none", "the given JSON Schema, or the given columns", typeof(Json.JsonValuesTests)),
        ("Protobuf", "Protobuf", "none", "the given descriptor", typeof(Protobuf.ProtobufValuesTests)),
        ("Csv", "CSV (RFC 4180)", "none", "the given columns, one of them in the key if wanted", typeof(Csv.CsvValuesTests)),
        ("Float32", "32-bit floats, little-endian", "none", "the given names, or one vector", typeof(Raw.Float32Tests)),
    ];

    public static IEnumerable<string> Members => Formats.Select(f => f.Member).Distinct();

    public static string Render()
    {
        var text = new StringBuilder("""
            # Formats that are read
            What `KafkaDatasetOptions.Format` may be, by the member of `RecordFormat` that makes it; all give the same columns to views and to tensors.

            | `RecordFormat.` | format | read | framing | columns | test |
            |---|---|---|---|---|---|

            """);
        foreach ((string member, string format, string framing, string columns, Type test) in Formats)
        {
            text.Append($"| `{member}` | {format} | yes | {framing} | {columns} | `{test.Name}` |\n");
        }

        return text.Append("""

            Missing is NaN, empty text, key 0, or the least time; integers and Booleans that may be missing are floating-point columns.
            A value that is not of its schema is a `RecordDecodingException` with the field, the offset and the schema's id.
            Maps of JSON and Protobuf, groups of Protobuf, and lists in their lists are no columns: `DatasetSchema.Unreadable` says so of each.

            """).ToString();
    }
}
