using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using KafkaDatasets.Formats;
using KafkaDatasets.Tests.Formats.Written;
using Microsoft.ML;

namespace KafkaDatasets.Tests.Writing;

/// <summary>The table of <c>docs/writing.md</c>, made by writing a value of each type in each format.</summary>
internal static class WritingTable
{
    private static readonly DateTime Instant = new(2026, 11, 24, 1, 2, 3, 500, DateTimeKind.Utc);

    public static string Render()
    {
        var text = new StringBuilder("""
            # What is written

            `KafkaRecordWriter<T>` writes the properties of a .NET type, and `ml.Data.SaveToKafka` the columns of a view, in the format of `KafkaWriterOptions.Format`. The tests generate this table. It shows the derived schema of each type, and an example for the formats without a schema.

            | .NET type, or type of a column | `WriteFormat.Avro` | `.Json`: JSON Schema | `.Protobuf` | `.Csv` | `.Float32` |
            |---|---|---|---|---|---|

            """);
        Row(text, "`bool`, Boolean", true);
        Row(text, "`sbyte`, `byte`, `short`, `ushort`, `int`", -5);
        Row(text, "`uint`", 5u);
        Row(text, "`long`", -5L);
        Row(text, "`ulong`", 5ul, "refused above 2⁶³ − 1");
        Row(text, "`float`, Single", 0.1f);
        Row(text, "`double`, Double", 0.1);
        Row(text, "`decimal`", 1.10m, "refused where it does not fit");
        Row(text, "`string`, text", "a \"b\"");
        Row(text, "`byte[]`", (byte[])[1, 2]);
        Row(text, "`Guid`", new Guid("0f8fad5b-d9cb-469f-a165-70867728950e"));
        Row(text, "`DateOnly`", DateOnly.FromDateTime(Instant));
        Row(text, "`TimeOnly`", TimeOnly.FromDateTime(Instant));
        Row(text, "`TimeSpan`", Instant.TimeOfDay, "refused outside a day");
        Row(text, "`DateTime`, `DateTimeOffset`; of columns only DateTimeOffset", Instant);
        ColumnRow(text, "DateTime of a column", Instant);
        Row(text, "an enumeration, or a key with key values", Shade.Dark);
        Row(text, "a key without key values: its number from 0", 2);
        Row(text, "a nullable type, such as `string?`", new Nullable { Value = null });
        Row(text, "`float[]`, `List<float>`, … or a vector", (float[])[1, 2]);
        Row(text, "`Dictionary<string, double>`", new Dictionary<string, double> { ["k"] = 1 });
        Row(text, "a class, record or structure", new Inner { X = 1, Tags = [] });
        text.Append("""

            A dash means that the format cannot hold the type. `Float64` is like `Float32`, with 64-bit floats. Both are little-endian, or big-endian with `ByteOrder = ByteOrder.BigEndian`.

            Times are rounded down to the unit of the schema: microseconds, unless a given schema has milliseconds or nanoseconds. A `DateTime` property that is not local is treated as UTC, and a DateTime column as a date and time without a time zone. `Float32` and `Float64` round numbers to the nearest float. Nothing else is rounded, and values are converted only to wider types. In JSON, NaN becomes null and infinity becomes `1e999`, which readers read as infinity. In Protobuf, a time span is at most 10,000 years, there are no lists of lists and no nulls in lists, and a list or map that is null is written as an empty one. Half of a surrogate pair in a text, which UTF-8 cannot hold, becomes U+FFFD.


            """);
        ReadBackTable.Render(text);
        text.Append("""
            ## Schemas, frames, subjects, keys

            | | |
            |---|---|
            | `SchemaFraming.IdPrefix` | magic byte 0 and the schema's id (4 bytes, big-endian) before the value; in Protobuf followed by the message index, a single 0. Every client of Confluent's registry reads it. |
            | `SchemaFraming.GuidHeader` | magic byte 1 and the schema's GUID (in Protobuf followed by the message index) in the header `__value_schema_id`, of a key in `__key_schema_id` |
            | `SchemaFraming.None` | bare Avro, plain JSON, bare Protobuf; no registry |
            | `SubjectNameStrategy` | `Topic`, `Record`, `TopicRecord`, as Confluent's; the record's name is the full name of the Avro record or Protobuf message, or the title of the JSON Schema. `Subject` overrides it for the value's schema; the key's schema always follows the strategy: `TOPIC-key`, the name of the key's record, or both. |
            | `Schema` | an Avro record (unions of null and one type; every logical type except durations) or a JSON Schema to write with; it selects the fields by name |
            | Protobuf's schema | is registered as a file descriptor in base64, as Confluent's serializers for .NET, JavaScript, Python and Go do; Confluent's registry displays it as text |
            | Generated classes | of an Avro schema (`ISpecificRecord`, or `GenericRecord`) as `Avro`, of a Protobuf schema (`IMessage`) as `Protobuf`: with their own schema and message index. The `Key` is one of their fields, by its name in the schema; a `GenericRecord` cannot have one. The Protobuf file may import Google's own files only, unless `Framing` is `SchemaFraming.None`. |
            | `Key` | the field that is the record's key, as text or bytes; rows go to the partition that Java's producer would choose (murmur2). With `Csv`, `Float32` and `Float64` it is the label: it is not part of the value, and rows go to the partitions in turn. |
            | `KeyFormat` | `Avro`, `Json` or `Protobuf`, where the value has one of these too (not necessarily the same): the key is a record of one field, the `Key`, named like the value's record followed by `Key`. It is framed and registered as the value is, and null where the field is null. The key of a column with dots is nested as in the value (`in.y`: a record in the record). Read with `KeyFormat = RecordFormat.Registry`, it is the column `Key.` and the field's name. |

            ## Faults: what is written and what is not

            | | written | thrown |
            |---|---|---|
            | invalid options; a type, a view or a column that the format cannot hold; a schema that does not fit, or that the registry refuses | nothing, and no topic is created | when the writer is opened, with every fault: `InvalidOptionsException`, `SchemaException` |
            | no broker, no rights, a topic that cannot be created or has no partition with a leader | nothing; the schema may be registered | when the writer is opened: `BrokerException` |
            | a row that does not fit its schema (null in a field that is not nullable, a decimal with too many digits …) | the other rows: `KafkaRecordWriter` skips it and stays usable; `SaveToKafka` ends | by the call with the row: `SchemaException`, with the field |
            | an exception of the view itself | the rows before it, as far as they are acknowledged | the view's exception |
            | a row that the broker or the client refuses (too large, no rights any more) | every other row that was given is settled first, so that the counts are exact | `KafkaWriteException` with `Written` and `NotWritten`, and again by every further call |
            | no acknowledgement for `Timeout` | what is acknowledged, counted by `Written`; rows that were in flight may have reached the log all the same | `KafkaWriteException` |
            | cancellation | what is acknowledged by then; rows in flight may or may not be | `OperationCanceledException`; disposing does not wait for the rest |
            | calls that overlap: several tasks on one writer, or calls that are awaited later | every row, in the order of the calls | nothing |
            | a call after `DisposeAsync` | nothing | `ObjectDisposedException` with the topic's name |
            | some partitions have no leader for a while (their only replica is gone) | rows without a key, to the other partitions; the log names those without a leader | for a row whose key belongs to such a partition: `KafkaWriteException` after `Timeout` |
            | a writer that is dropped without being disposed | what is queued is sent in the background, unless the process ends | nothing; the garbage collector's finalizer logs a warning |
            | the topic is deleted while the writer is open, and created again by somebody | the rows before are gone with the topic; the others are in the new one | nothing: the client does not tell the two topics apart. Datasets of the old topic throw a `DataLossException` |
            | brokers that restart within `Timeout` | every row, once and in order (idempotent producer) | nothing |

            """);
        return text.ToString();
    }

    private static void Row<T>(StringBuilder text, string type, T value, string? avroNote = null)
        where T : notnull
    {
        string[] cells = value is Nullable nullable
            ? [Avro<Nullable>(), Json<Nullable>(), Protobuf<Nullable>(), Csv(nullable), Float32(new Number())]
            : [Avro<Cell<T>>(), Json<Cell<T>>(), Protobuf<Cell<T>>(), Csv(new Cell<T>(value)), Float32(new Cell<T>(value))];
        text.AppendLine($"| {type} | {cells[0]}{(avroNote is null ? "" : $", {avroNote}")} | {string.Join(" | ", cells[1..])} |");
    }

    /// <summary>A column that is written otherwise than a property of its type.</summary>
    private static void ColumnRow<T>(StringBuilder text, string type, T value)
        where T : notnull
    {
        IDataView view = new MLContext(1).Data.LoadFromEnumerable([new Column<T> { Value = value }]);
        text.AppendLine($"| {type} | {Avro(Document(WriteFormat.Avro))} | {Json(Document(WriteFormat.Json))} | {Protobuf(Document(WriteFormat.Protobuf))} | {Code(Encoding.UTF8.GetString(Encoded.Bytes(view, Encoded.Options(WriteFormat.Csv)).Single().AsSpan()))} | – |");

        string Document(WriteFormat format) => ValueFormats.Of(format).Document(Encoded.Shape(view, Encoded.Options(format)));
    }

    private static string Avro<T>() => Avro(Encoded.Document<T>(Encoded.Options(WriteFormat.Avro)));

    private static string Json<T>() => Json(Encoded.Document<T>(Encoded.Options(WriteFormat.Json)));

    private static string Protobuf<T>() => Protobuf(Encoded.Document<T>(Encoded.Options(WriteFormat.Protobuf)));

    private static string Avro(string document) => Code(JsonNode.Parse(document)!["fields"]![0]!["type"]!.ToJsonString());

    private static string Json(string document) => Code(JsonNode.Parse(document)!["properties"]!["Value"]!.ToJsonString());

    private static string Protobuf(string document)
    {
        var file = FileDescriptorProto.Parser.ParseFrom(Convert.FromBase64String(document));
        FieldDescriptorProto field = file.MessageType[0].Field[0];
        string type = field.TypeName.Contains("ValueEntry", StringComparison.Ordinal) ? "map<string, double>"
            : field.TypeName.Length == 0 ? field.Type.ToString().ToLowerInvariant()
            : field.TypeName.StartsWith(".google", StringComparison.Ordinal) ? field.TypeName[1..]
            : $"{(field.Type == FieldDescriptorProto.Types.Type.Enum ? "enum" : "message")} {field.TypeName.Split('.')[^1]}";
        return Code($"{(field.Proto3Optional ? "optional " : field.Label == FieldDescriptorProto.Types.Label.Repeated && !type.StartsWith("map", StringComparison.Ordinal) ? "repeated " : "")}{type}");
    }

    private static string Csv<T>(T record) => Written(record, WriteFormat.Csv, bytes => bytes.Length == 0 ? "nothing" : Code(Encoding.UTF8.GetString(bytes)));

    private static string Float32<T>(T record) => Written(record, WriteFormat.Float32, bytes => string.Join(", ", Enumerable.Range(0, bytes.Length / 4).Select(i => Code(BitConverter.ToSingle(bytes, 4 * i).ToString(System.Globalization.CultureInfo.InvariantCulture)))));

    private static string Written<T>(T record, WriteFormat format, Func<byte[], string> show)
    {
        try
        {
            return show(Encoded.Bytes(record, Encoded.Options(format)));
        }
        catch (SchemaException)
        {
            return "–";
        }
    }

    private static string Code(string text) => $"`{text.Replace("|", "\\|", StringComparison.Ordinal)}`";

    private sealed record Cell<T>(T Value)
        where T : notnull;

    private sealed class Column<T>
        where T : notnull
    {
        public T Value { get; set; } = default!;
    }

    private sealed class Nullable
    {
        public string? Value { get; init; }
    }

    private sealed class Number
    {
        public float? Value { get; init; }
    }
}
