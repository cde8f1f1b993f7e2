using Confluent.SchemaRegistry;
using Google.Protobuf.Reflection;
using KafkaDatasets.Decoding;
using KafkaDatasets.Formats;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Formats.Float32;
using KafkaDatasets.Formats.Json;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Formats.Text;
using KafkaDatasets.Schemas;

namespace KafkaDatasets;

/// <summary>How the value of a record, or its key, is to be read.</summary>
public abstract class RecordFormat
{
    private protected RecordFormat()
    {
    }

    /// <summary>How the format was made, so that it can be saved with a model; null where that is not known.</summary>
    internal FormatDescription? Description { get; init; }

    /// <summary>The format of the keys that this one asks for, or null.</summary>
    internal virtual RecordFormat? KeyFormat => null;

    /// <summary>
    /// Values framed by Confluent's serializers: the writer's schema is found in the registry by the id that each record carries
    /// (magic byte 0 and a 4-byte big-endian id before the value, or the schema's GUID in the header <c>__value_schema_id</c>).
    /// The columns come from the newest schema of the subject <c>TOPIC-value</c>, or, where there is no such subject, from the schema
    /// that the first record of the range was written by. For keys it is the header <c>__key_schema_id</c> and the subject <c>TOPIC-key</c>. The default.
    /// </summary>
    public static RecordFormat Registry { get; } = new RegistryFormat(null, null, null);

    /// <summary>As <see cref="Registry"/>, with the columns of another subject (for topics written with another subject-name strategy).</summary>
    /// <param name="subject">The subject in the schema registry.</param>
    /// <param name="version">The version that gives the columns; null: the newest.</param>
    /// <param name="message">Of a Protobuf schema: the full name of the message whose fields are the columns; null: that of the range's first record.</param>
    public static RecordFormat RegistrySubject(string subject, int? version = null, string? message = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(subject);
        return new RegistryFormat(subject, version, message);
    }

    /// <summary>Bare Avro: each value is one datum of the given schema in Avro's binary encoding, with no framing.</summary>
    /// <param name="schemaJson">The schema, a record, as JSON.</param>
    public static RecordFormat Avro(string schemaJson)
    {
        ArgumentException.ThrowIfNullOrEmpty(schemaJson);
        return new AvroFormat(schemaJson) { Description = new FormatDescription { Kind = FormatKind.Avro, Schema = schemaJson } };
    }

    /// <summary>
    /// JSON texts (RFC 8259, UTF-8), with the columns of a JSON Schema (drafts 4 to 2020-12): each member of a scalar type, those of nested objects
    /// under their path with dots. A member that is not among <c>required</c>, or may be null, is a nullable column; members that the schema does not name are passed over.
    /// Texts of the formats <c>date-time</c>, <c>date-time-local</c>, <c>date</c>, <c>time</c>, <c>duration</c> and <c>time-span</c> are times, and have to be of that form.
    /// </summary>
    /// <param name="schema">The JSON Schema of an object, as JSON.</param>
    public static RecordFormat Json(string schema)
    {
        ArgumentException.ThrowIfNullOrEmpty(schema);
        return new JsonFormat(schema) { Description = new FormatDescription { Kind = FormatKind.Json, Schema = schema } };
    }

    /// <summary>
    /// JSON texts (RFC 8259, UTF-8), with the given columns: a column's name is that of a member, with dots for those of nested objects; other members are passed over.
    /// A nullable column's member may be null or not there; any other must be there. Times are texts: <see cref="ColumnType.DateTimeOffset"/> a date-time of RFC 3339,
    /// <see cref="ColumnType.DateTime"/> one without its offset, or a date, <see cref="ColumnType.TimeSpan"/> <c>1.02:03:04.5</c> or <c>P1DT2H3M4.5S</c>.
    /// </summary>
    /// <param name="columns">The columns. Those of integers and Booleans cannot be nullable, as they have no value for missing: declare them as <see cref="ColumnType.Double"/>.</param>
    public static RecordFormat Json(IReadOnlyList<DatasetColumn> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return new BareFormat("JSON", wanted => new JsonRecordFormat(columns, wanted.Root), () => DeclaredColumns.Faults(columns).Concat(DeclaredColumns.NestingFaults(columns)))
        {
            Description = new FormatDescription { Kind = FormatKind.JsonColumns, Columns = columns },
        };
    }

    /// <summary>As <see cref="Csv(IReadOnlyList{string}, string?)"/>, with nothing read of the key.</summary>
    /// <param name="columns">The names of the fields, in their order.</param>
    public static RecordFormat Csv(IReadOnlyList<string> columns) => Csv(columns, null);

    /// <summary>
    /// A line of comma-separated fields (RFC 4180, UTF-8) in each value, with or without a line break at its end; a field in quotes may hold commas, line breaks, and quotes doubled.
    /// An empty field is missing. Every column is <see cref="ColumnType.Single"/>.
    /// </summary>
    /// <param name="columns">The names of the fields, in their order.</param>
    /// <param name="key">A column that is the record's key as text, as where TensorFlow's Kafka tutorial has the label; null: the key is not read.</param>
    public static RecordFormat Csv(IReadOnlyList<string> columns, string? key)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return Csv([.. columns.Select(Single)], key is null ? null : Single(key));

        static DatasetColumn Single(string name) => new(name, ColumnType.Single, IsNullable: true);
    }

    /// <summary>As <see cref="Csv(IReadOnlyList{DatasetColumn}, DatasetColumn?)"/>, with nothing read of the key.</summary>
    /// <param name="columns">The fields, in their order.</param>
    public static RecordFormat Csv(IReadOnlyList<DatasetColumn> columns) => Csv(columns, null);

    /// <summary>
    /// A line of comma-separated fields (RFC 4180, UTF-8) in each value, as <see cref="Csv(IReadOnlyList{string}, string?)"/>, with columns of any type but vectors:
    /// numbers and times in the invariant culture, Booleans as <c>true</c>, <c>false</c>, <c>1</c> or <c>0</c>, keys by their values.
    /// An empty field is missing; of an integer or a Boolean, which have no value for that, it is an error.
    /// </summary>
    /// <param name="columns">The fields, in their order.</param>
    /// <param name="key">A column that is the record's key as text; null: the key is not read.</param>
    public static RecordFormat Csv(IReadOnlyList<DatasetColumn> columns, DatasetColumn? key)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return new BareFormat(
            "CSV",
            wanted => new CsvRecordFormat(DeclaredColumns.Under(wanted.Root, columns)),
            () => DeclaredColumns.Faults(key is null ? columns : [.. columns, key]).Concat(DeclaredColumns.VectorFaults(columns)),
            key is null ? null : new BareFormat("text", _ => new TextRecordFormat(key)))
        {
            Description = new FormatDescription { Kind = FormatKind.Csv, Columns = columns, Key = key },
        };
    }

    /// <summary>
    /// 32-bit floating-point numbers (IEEE 754 binary32, little-endian), one after another and nothing else in each value: the memory of a tensor's row.
    /// A value of another length is a <see cref="RecordDecodingException"/>; numbers of 64 bits are <see cref="Float64(IReadOnlyList{string}, ByteOrder)"/>.
    /// </summary>
    /// <param name="columns">The names of the numbers, in their order.</param>
    public static RecordFormat Float32(IReadOnlyList<string> columns) => Float32(columns, ByteOrder.LittleEndian);

    /// <summary>Reads 32-bit floating-point numbers as <see cref="Float32(IReadOnlyList{string})"/> does, in the given byte order.</summary>
    /// <param name="columns">The names of the numbers, in their order.</param>
    /// <param name="order">The order of a number's bytes.</param>
    public static RecordFormat Float32(IReadOnlyList<string> columns, ByteOrder order) => Floats(columns, new FloatEncoding(ColumnType.Single, order));

    /// <summary>Reads 32-bit floating-point numbers as <see cref="Float32(IReadOnlyList{string})"/> does, into one column, a vector.</summary>
    /// <param name="count">How many numbers a value has.</param>
    /// <param name="column">The column's name.</param>
    public static RecordFormat Float32(int count, string column = "Values") => Float32(count, column, ByteOrder.LittleEndian);

    /// <summary>Reads 32-bit floating-point numbers into one column, a vector, in the given byte order.</summary>
    /// <param name="count">How many numbers a value has.</param>
    /// <param name="column">The column's name.</param>
    /// <param name="order">The order of a number's bytes.</param>
    public static RecordFormat Float32(int count, string column, ByteOrder order) => Floats(count, column, new FloatEncoding(ColumnType.Single, order));

    /// <summary>
    /// 64-bit floating-point numbers (IEEE 754 binary64), one after another and nothing else in each value, such as the bytes of an array of NumPy's <c>float64</c>,
    /// the default of NumPy. A value of another length is a <see cref="RecordDecodingException"/>.
    /// </summary>
    /// <param name="columns">The names of the numbers, in their order.</param>
    /// <param name="order">The order of a number's bytes. Default little-endian.</param>
    public static RecordFormat Float64(IReadOnlyList<string> columns, ByteOrder order = ByteOrder.LittleEndian) => Floats(columns, new FloatEncoding(ColumnType.Double, order));

    /// <summary>Reads 64-bit floating-point numbers as <see cref="Float64(IReadOnlyList{string}, ByteOrder)"/> does, into one column, a vector.</summary>
    /// <param name="count">How many numbers a value has.</param>
    /// <param name="column">The column's name.</param>
    /// <param name="order">The order of a number's bytes. Default little-endian.</param>
    public static RecordFormat Float64(int count, string column = "Values", ByteOrder order = ByteOrder.LittleEndian) => Floats(count, column, new FloatEncoding(ColumnType.Double, order));

    /// <summary>
    /// Bare Protobuf: each value is one message in Protobuf's binary encoding, with no framing. Its fields are the columns, those of messages in it under their path with dots,
    /// repeated ones as vectors, enums as keys, <c>google.protobuf.Timestamp</c>, <c>Duration</c> and wrappers as what they stand for.
    /// A field that is not there has its default; one whose presence is tracked (<c>optional</c>, members of a <c>oneof</c>) is missing, unless the schema gives it a default.
    /// </summary>
    /// <param name="message">The message, as generated code has it in <c>Descriptor</c>.</param>
    public static RecordFormat Protobuf(MessageDescriptor message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new BareFormat("Protobuf", wanted => new ProtobufRecordFormat(message, "the options", wanted))
        {
            Description = new FormatDescription { Kind = FormatKind.Protobuf, Files = ProtobufDocuments.FilesOf(message), Message = message.FullName },
        };
    }

    /// <summary>As <see cref="Protobuf(MessageDescriptor)"/>, with a compiled schema.</summary>
    /// <param name="fileDescriptorSet">A <c>FileDescriptorSet</c> with all imports, as <c>protoc --descriptor_set_out --include_imports</c> writes it.</param>
    /// <param name="message">The full name of the message.</param>
    public static RecordFormat Protobuf(byte[] fileDescriptorSet, string message)
    {
        ArgumentNullException.ThrowIfNull(fileDescriptorSet);
        ArgumentException.ThrowIfNullOrEmpty(message);
        return new BareFormat("Protobuf", wanted => new ProtobufRecordFormat(ProtobufDocuments.Find(fileDescriptorSet, message), "the options", wanted))
        {
            Description = new FormatDescription { Kind = FormatKind.Protobuf, Files = fileDescriptorSet, Message = message },
        };
    }

    private static BareFormat Floats(IReadOnlyList<string> columns, FloatEncoding encoding)
    {
        ArgumentNullException.ThrowIfNull(columns);
        DatasetColumn[] numbers = [.. columns.Select(c => new DatasetColumn(c, encoding.Type))];
        return new BareFormat(encoding.ToString(), wanted => new FloatRecordFormat(DeclaredColumns.Under(wanted.Root, numbers), encoding), () => DeclaredColumns.Faults(numbers).Concat(Faults(encoding)));
    }

    private static BareFormat Floats(int count, string column, FloatEncoding encoding)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentException.ThrowIfNullOrEmpty(column);
        DatasetColumn vector = new(column, encoding.Type) { IsVector = true, Size = count };
        return new BareFormat(encoding.ToString(), wanted => new FloatRecordFormat(DeclaredColumns.Under(wanted.Root, [vector]), encoding), () => Faults(encoding));
    }

    private static IEnumerable<string> Faults(FloatEncoding encoding) =>
        Enum.IsDefined(encoding.Order) ? [] : [$"byte order {(int)encoding.Order} is none of {nameof(ByteOrder)}"];

    internal sealed class RegistryFormat : RecordFormat
    {
        public RegistryFormat(string? subject, int? version, string? message)
        {
            Subject = subject;
            Version = version;
            Message = message;
            Description = new FormatDescription { Kind = FormatKind.Registry, Subject = subject, Version = version, Message = message };
        }

        public string? Subject { get; }

        public int? Version { get; }

        public string? Message { get; }

        public override string ToString() => "Registry";
    }

    /// <summary>Values or keys without framing, all of one schema.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="bind">Makes the format, of the columns that are asked for by name; it may throw a <see cref="SchemaException"/>.</param>
    /// <param name="faults">What is wrong with its options.</param>
    /// <param name="key">The format of the keys, or null.</param>
    internal class BareFormat(string name, Func<WantedColumns, IRecordFormat> bind, Func<IEnumerable<string>>? faults = null, RecordFormat? key = null) : RecordFormat
    {
        internal override RecordFormat? KeyFormat => key;

        public IRecordFormat Bind(WantedColumns wanted) => bind(wanted);

        public IEnumerable<string> Faults() => faults?.Invoke() ?? [];

        public override string ToString() => name;
    }

    internal sealed class AvroFormat(string schemaJson)
        : BareFormat("Avro", wanted => new AvroRecordFormat(SchemaDocument.OfOptions(SchemaType.Avro, schemaJson), wanted))
    {
        public string SchemaJson { get; } = schemaJson;
    }

    internal sealed class JsonFormat(string schema)
        : BareFormat("JSON", wanted => new JsonRecordFormat(SchemaDocument.OfOptions(SchemaType.Json, schema), wanted))
    {
        public string Schema { get; } = schema;
    }
}
