using System.Runtime.CompilerServices;
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

/// <summary>How the values of records, or their keys, are read.</summary>
public abstract class RecordFormat
{
    private protected RecordFormat()
    {
    }

    /// <summary>How the format was made, so that it can be saved with a model; null when that is not known.</summary>
    internal FormatDescription? Description { get; init; }

    /// <summary>The format of the keys that this one asks for, or null if there is none.</summary>
    internal virtual RecordFormat? KeyFormat => null;

    /// <summary>The frame before or beside each value or key; null: there is none.</summary>
    internal RecordFraming? Framing { get; private protected init; }

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
        return new BareFormat("Avro", wanted => new AvroRecordFormat(SchemaDocument.OfOptions(SchemaType.Avro, schemaJson), wanted)) { Description = new FormatDescription { Kind = FormatKind.Avro, Schema = schemaJson } };
    }

    /// <summary>
    /// JSON texts (RFC 8259, UTF-8) with the columns of a JSON Schema (drafts 4 to 2020-12): every member of a scalar type, those of nested objects
    /// under their path with dots, lists as vectors. A member that is not among <c>required</c>, or may be null, is a nullable column; null is then the same as absent. Members that no column reads are skipped.
    /// Where a value may be of several types (<c>oneOf</c>, <c>anyOf</c>), each type has its own columns, named by the type: <c>Order.id</c>.
    /// Strings of the formats <c>date-time</c>, <c>date-time-local</c>, <c>date</c>, <c>time</c>, <c>duration</c> and <c>time-span</c> are times.
    /// Numbers may be strings (<c>"12.5"</c>, <c>"NaN"</c>); <c>NaN</c> and <c>Infinity</c> may stand without quotes. Logical types of Kafka Connect and Debezium (decimals as base64, dates and times as numbers) are read as what they stand for.
    /// </summary>
    /// <param name="schema">The JSON Schema of an object, as JSON.</param>
    public static RecordFormat Json(string schema)
    {
        ArgumentException.ThrowIfNullOrEmpty(schema);
        return new BareFormat("JSON", wanted => new JsonRecordFormat(SchemaDocument.OfOptions(SchemaType.Json, schema), wanted)) { Description = new FormatDescription { Kind = FormatKind.Json, Schema = schema } };
    }

    /// <summary>
    /// JSON texts (RFC 8259, UTF-8) with the given columns: a column's name is that of a member; if no member has a name with dots, the dots lead into nested objects. Other members are skipped.
    /// The member of a nullable column may be null or absent; any other must be present. Times are strings of ISO 8601, or numbers where <see cref="DatasetColumn.Unit"/> says what they count: <see cref="ColumnType.DateTimeOffset"/> a date and time, in UTC if it has no offset,
    /// <see cref="ColumnType.DateTime"/> one without an offset, or a date, <see cref="ColumnType.TimeSpan"/> <c>1.02:03:04.5</c> or <c>P1DT2H3M4.5S</c>. Decimals may be base64: <see cref="DatasetColumn.DecimalScale"/>.
    /// </summary>
    /// <example><code>
    /// RecordFormat.Json([new("after.id", ColumnType.Int64), new("after.price", ColumnType.Double, IsNullable: true) { DecimalScale = 2 }])
    /// </code></example>
    /// <param name="columns">The columns. Integers and Booleans cannot be nullable, since they have no value for missing: declare them as <see cref="ColumnType.Double"/>.</param>
    public static RecordFormat Json(IReadOnlyList<DatasetColumn> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return new BareFormat("JSON", wanted => new JsonRecordFormat(columns, wanted.Root), () => DeclaredColumns.Faults(columns).Concat(DeclaredColumns.NestingFaults(columns)))
        {
            Description = new FormatDescription { Kind = FormatKind.JsonColumns, Columns = columns },
        };
    }

    /// <summary>A line of comma-separated fields in each value, all of them <see cref="ColumnType.Single"/>; the key is not read. See <see cref="Csv(IReadOnlyList{string}, string?, IReadOnlyList{string})"/>.</summary>
    /// <param name="columns">The names of the fields, in their order.</param>
    public static RecordFormat Csv(IReadOnlyList<string> columns) => Csv(columns, null);

    /// <summary>A line of comma-separated fields in each value, all of them <see cref="ColumnType.Single"/>. See <see cref="Csv(IReadOnlyList{string}, string?, IReadOnlyList{string})"/>.</summary>
    /// <param name="columns">The names of the fields, in their order.</param>
    /// <param name="key">A column that is the record's key as text, as where TensorFlow's Kafka tutorial has the label; null: the key is not read.</param>
    public static RecordFormat Csv(IReadOnlyList<string> columns, string? key) => Csv(columns, key, []);

    /// <summary>
    /// A line of comma-separated fields (RFC 4180, UTF-8) in each value, with or without a line break at its end; a quoted field may contain commas, line breaks, and doubled quotes.
    /// Every column is <see cref="ColumnType.Single"/>. An empty field is missing (NaN), and so is one of the given texts.
    /// </summary>
    /// <param name="columns">The names of the fields, in their order.</param>
    /// <param name="key">A column that is the record's key as text; null: the key is not read.</param>
    /// <param name="missing">The texts that mean missing, with or without quotes, in the value and in the key: <c>["NA", "null", @"\N"]</c>.</param>
    public static RecordFormat Csv(IReadOnlyList<string> columns, string? key, IReadOnlyList<string> missing)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return Csv([.. columns.Select(Single)], key is null ? null : Single(key), missing);

        static DatasetColumn Single(string name) => new(name, ColumnType.Single, IsNullable: true);
    }

    /// <summary>A line of comma-separated fields in each value; the key is not read. See <see cref="Csv(IReadOnlyList{DatasetColumn}, DatasetColumn?, IReadOnlyList{string})"/>.</summary>
    /// <param name="columns">The fields, in their order.</param>
    [OverloadResolutionPriority(1)]
    public static RecordFormat Csv(IReadOnlyList<DatasetColumn> columns) => Csv(columns, null);

    /// <summary>A line of comma-separated fields in each value. See <see cref="Csv(IReadOnlyList{DatasetColumn}, DatasetColumn?, IReadOnlyList{string})"/>.</summary>
    /// <param name="columns">The fields, in their order.</param>
    /// <param name="key">A column that is the record's key as text; null: the key is not read.</param>
    [OverloadResolutionPriority(1)]
    public static RecordFormat Csv(IReadOnlyList<DatasetColumn> columns, DatasetColumn? key) => Csv(columns, key, []);

    /// <summary>
    /// A line of comma-separated fields (RFC 4180, UTF-8) in each value, with columns of any type except vectors: numbers in the invariant culture, dates and times of ISO 8601
    /// (in UTC if they have no offset) or numbers where <see cref="DatasetColumn.Unit"/> says what they count, Booleans as <c>true</c>, <c>false</c>, <c>1</c> or <c>0</c>, keys by their values.
    /// An empty field is missing, and so is one of the given texts; in an integer or a Boolean column, which have no value for missing, it makes the record bad.
    /// </summary>
    /// <param name="columns">The fields, in their order.</param>
    /// <param name="key">A column that is the record's key as text; null: the key is not read.</param>
    /// <param name="missing">The texts that mean missing, with or without quotes, in the value and in the key: <c>["NA", "null", @"\N"]</c>.</param>
    [OverloadResolutionPriority(1)]
    public static RecordFormat Csv(IReadOnlyList<DatasetColumn> columns, DatasetColumn? key, IReadOnlyList<string> missing)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(missing);
        return new BareFormat(
            "CSV",
            wanted => new CsvRecordFormat(DeclaredColumns.Under(wanted.Root, columns), missing),
            () => DeclaredColumns.Faults(key is null ? columns : [.. columns, key]).Concat(DeclaredColumns.VectorFaults(columns)),
            key is null ? null : new BareFormat("text", _ => new TextRecordFormat(key, missing)))
        {
            Description = new FormatDescription { Kind = FormatKind.Csv, Columns = columns, Key = key, Missing = missing },
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
        return new BareFormat("Protobuf", wanted => new ProtobufRecordFormat(message, SchemaDocument.Options, wanted))
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
        return new BareFormat("Protobuf", wanted => new ProtobufRecordFormat(ProtobufDocuments.Find(fileDescriptorSet, message), SchemaDocument.Options, wanted))
        {
            Description = new FormatDescription { Kind = FormatKind.Protobuf, Files = fileDescriptorSet, Message = message },
        };
    }

    /// <summary>
    /// Values or keys in the frame of AWS Glue, Apicurio or another registry: each is read by the schema that it was written with, which a resolver finds by the id in its frame.
    /// </summary>
    /// <param name="framing">Where the id is.</param>
    /// <param name="schemas">Finds schemas by their ids, for example <see cref="ApicurioSchemaResolver"/>.</param>
    /// <param name="columns">The schema whose fields are the columns; null: that of the range's first record.</param>
    /// <param name="message">Of a Protobuf schema, the full name of the message whose fields are the columns; null: that of the range's first record.</param>
    /// <example>
    /// <code>
    /// RecordFormat.Resolver(RecordFraming.Apicurio, new ApicurioSchemaResolver(new HttpClient { BaseAddress = new Uri("http://localhost:8080/apis/registry/v3/") }))
    /// </code>
    /// </example>
    public static RecordFormat Resolver(RecordFraming framing, ISchemaResolver schemas, ResolvedSchema? columns = null, string? message = null)
    {
        ArgumentNullException.ThrowIfNull(framing);
        ArgumentNullException.ThrowIfNull(schemas);
        return new ResolverFormat(schemas, columns, message) { Framing = framing };
    }

    /// <summary>
    /// The same format behind a frame. A format with a schema of its own (all but <see cref="Registry"/> and <see cref="RegistrySubject"/>) then reads every record by that schema,
    /// whatever id its frame has: the way to read what Confluent's, Glue's or Apicurio's serializers wrote when the registry is gone. <see cref="Registry"/> asks its registry for the ids in the frame.
    /// </summary>
    /// <param name="framing">The frame.</param>
    /// <remarks>Records that were written with another schema than the given one are bad records, or, where their bytes happen to fit it, wrong rows.</remarks>
    /// <example>
    /// <code>
    /// RecordFormat.Avro(File.ReadAllText("payment.avsc")).FramedBy(RecordFraming.Confluent)
    /// </code>
    /// </example>
    public RecordFormat FramedBy(RecordFraming framing)
    {
        ArgumentNullException.ThrowIfNull(framing);
        return WithFraming(framing, Description is { } description && framing.Name is { } name ? description with { Framing = name } : null);
    }

    private protected abstract RecordFormat WithFraming(RecordFraming framing, FormatDescription? description);

    private static BareFormat Floats(IReadOnlyList<string> columns, FloatEncoding encoding)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return Floats([.. columns.Select(c => new DatasetColumn(c, encoding.Type))], encoding);
    }

    private static BareFormat Floats(int count, string column, FloatEncoding encoding)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentException.ThrowIfNullOrEmpty(column);
        return Floats([new DatasetColumn(column, encoding.Type) { IsVector = true, Size = count }], encoding);
    }

    private static BareFormat Floats(DatasetColumn[] numbers, FloatEncoding encoding) =>
        new(encoding.ToString(), wanted => new FloatRecordFormat(DeclaredColumns.Under(wanted.Root, numbers), encoding), () => DeclaredColumns.Faults(numbers).Concat(Faults(encoding)))
        {
            Description = new FormatDescription { Kind = encoding.Type == ColumnType.Single ? FormatKind.Float32 : FormatKind.Float64, Columns = numbers, ByteOrder = encoding.Order },
        };

    private static IEnumerable<string> Faults(FloatEncoding encoding) =>
        Enum.IsDefined(encoding.Order) ? [] : [$"byte order {(int)encoding.Order} does not exist"];

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

        private protected override RecordFormat WithFraming(RecordFraming framing, FormatDescription? description) => new RegistryFormat(Subject, Version, Message) { Framing = framing, Description = description };
    }

    internal sealed class ResolverFormat(ISchemaResolver schemas, ResolvedSchema? columns, string? message) : RecordFormat
    {
        public ISchemaResolver Schemas { get; } = schemas;

        public ResolvedSchema? Columns { get; } = columns;

        public string? Message { get; } = message;

        public override string ToString() => "Resolver";

        private protected override RecordFormat WithFraming(RecordFraming framing, FormatDescription? description) => new ResolverFormat(Schemas, Columns, Message) { Framing = framing, Description = description };
    }

    /// <summary>Values or keys of one schema, which the options give.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="bind">Makes the format, of the columns that are asked for by name; it may throw a <see cref="SchemaException"/>.</param>
    /// <param name="faults">What is wrong with its options.</param>
    /// <param name="key">The format of the keys, or null.</param>
    internal sealed class BareFormat(string name, Func<WantedColumns, IRecordFormat> bind, Func<IEnumerable<string>>? faults = null, RecordFormat? key = null) : RecordFormat
    {
        internal override RecordFormat? KeyFormat => key;

        public IRecordFormat Bind(WantedColumns wanted) => bind(wanted);

        public IEnumerable<string> Faults() => faults?.Invoke() ?? [];

        public override string ToString() => name;

        private protected override RecordFormat WithFraming(RecordFraming framing, FormatDescription? description) => new BareFormat(name, bind, faults, key) { Framing = framing, Description = description };
    }
}
