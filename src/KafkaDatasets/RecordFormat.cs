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

/// <summary>The format of records' values or keys: how they are decoded, and which columns they give.</summary>
public abstract class RecordFormat
{
    private protected RecordFormat()
    {
    }

    /// <summary>How the format was created, so that it can be saved with a model; null if that is unknown.</summary>
    internal FormatDescription? Description { get; init; }

    /// <summary>The format of the keys that this format requires, or null if it requires none.</summary>
    internal virtual RecordFormat? KeyFormat => null;

    /// <summary>The frame before each value or key, or in its headers; null if there is none.</summary>
    internal RecordFraming? Framing { get; private protected init; }

    /// <summary>
    /// Reads values framed by Confluent's serializers: the writer's schema is found in the registry by the id that each record carries
    /// (magic byte 0 and a 4-byte big-endian id before the value, or the schema's GUID in the header <c>__value_schema_id</c>).
    /// The columns come from the latest schema of the subject <c>TOPIC-value</c>, or, if there is no such subject, from the schema
    /// that the first record of the range was written with. For keys, they are the header <c>__key_schema_id</c> and the subject <c>TOPIC-key</c>. The default.
    /// </summary>
    public static RecordFormat Registry { get; } = new RegistryFormat(null, null, null);

    /// <summary>Creates a format like <see cref="Registry"/> whose columns come from another subject, for topics written with another subject-name strategy.</summary>
    /// <param name="subject">The subject in the schema registry.</param>
    /// <param name="version">The version of the schema that defines the columns. Default null: the latest.</param>
    /// <param name="message">For a Protobuf schema, the full name of the message whose fields are the columns. Default null: the message of the range's first record.</param>
    /// <returns>The format.</returns>
    /// <exception cref="ArgumentException"><paramref name="subject"/> is empty.</exception>
    public static RecordFormat RegistrySubject(string subject, int? version = null, string? message = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(subject);
        return new RegistryFormat(subject, version, message);
    }

    /// <summary>Creates a format for Avro without framing: each value is one datum of the given schema in Avro's binary encoding.</summary>
    /// <param name="schemaJson">The Avro schema as JSON; its type must be a record.</param>
    /// <returns>The format.</returns>
    /// <exception cref="ArgumentException"><paramref name="schemaJson"/> is empty. Other problems in the schema are reported when the dataset is opened.</exception>
    public static RecordFormat Avro(string schemaJson)
    {
        ArgumentException.ThrowIfNullOrEmpty(schemaJson);
        return new BareFormat("Avro", wanted => new AvroRecordFormat(SchemaDocument.OfOptions(SchemaType.Avro, schemaJson), wanted)) { Description = new FormatDescription { Kind = FormatKind.Avro, Schema = schemaJson } };
    }

    /// <summary>
    /// Creates a format for JSON (RFC 8259, UTF-8) whose columns are defined by a JSON Schema (drafts 4 to 2020-12): every member of a scalar type, those of nested objects
    /// by their path with dots, and lists as vectors. A member that is not listed in <c>required</c>, or that may be null, is a nullable column; null and absent are then equivalent. Members that are not read are skipped.
    /// If a value may have several types (<c>oneOf</c>, <c>anyOf</c>), each type has its own columns, prefixed with the type's name: <c>Order.id</c>.
    /// Strings of the formats <c>date-time</c>, <c>date-time-local</c>, <c>date</c>, <c>time</c>, <c>duration</c> and <c>time-span</c> are times.
    /// Numbers may be strings (<c>"12.5"</c>, <c>"NaN"</c>); <c>NaN</c> and <c>Infinity</c> may be unquoted. Logical types of Kafka Connect and Debezium (decimals as base64, dates and times as numbers) are converted to the values that they represent.
    /// </summary>
    /// <param name="schema">The JSON Schema of an object, as JSON.</param>
    /// <returns>The format.</returns>
    /// <exception cref="ArgumentException"><paramref name="schema"/> is empty. Other problems in the schema are reported when the dataset is opened.</exception>
    public static RecordFormat Json(string schema)
    {
        ArgumentException.ThrowIfNullOrEmpty(schema);
        return new BareFormat("JSON", wanted => new JsonRecordFormat(SchemaDocument.OfOptions(SchemaType.Json, schema), wanted)) { Description = new FormatDescription { Kind = FormatKind.Json, Schema = schema } };
    }

    /// <summary>
    /// Creates a format for JSON (RFC 8259, UTF-8) with the given columns. A column has the name of a member; if no member has that name, dots in it denote nested objects. Other members are skipped.
    /// The member of a nullable column may be null or absent; any other member must be present. Times are ISO 8601 strings, or numbers in the column's <see cref="DatasetColumn.Unit"/>: <see cref="ColumnType.DateTimeOffset"/> is a date and time, in UTC if it has no offset,
    /// <see cref="ColumnType.DateTime"/> a date and time without an offset, or a date, and <see cref="ColumnType.TimeSpan"/> <c>1.02:03:04.5</c> or <c>P1DT2H3M4.5S</c>. Decimals may be base64; see <see cref="DatasetColumn.DecimalScale"/>.
    /// </summary>
    /// <example><code>
    /// RecordFormat.Json([new("after.id", ColumnType.Int64), new("after.price", ColumnType.Double, IsNullable: true) { DecimalScale = 2 }])
    /// </code></example>
    /// <param name="columns">The columns. Integers and Booleans cannot be nullable because they have no missing value: declare them as <see cref="ColumnType.Double"/> instead.</param>
    /// <returns>The format.</returns>
    public static RecordFormat Json(IReadOnlyList<DatasetColumn> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return new BareFormat("JSON", wanted => new JsonRecordFormat(columns, wanted.Root), () => DeclaredColumns.Faults(columns).Concat(DeclaredColumns.NestingFaults(columns)))
        {
            Description = new FormatDescription { Kind = FormatKind.JsonColumns, Columns = columns },
        };
    }

    /// <summary>Creates a format for values that are a line of comma-separated <see cref="ColumnType.Single"/> fields; the key is not read. See <see cref="Csv(IReadOnlyList{string}, string?, IReadOnlyList{string})"/>.</summary>
    /// <param name="columns">The names of the fields, in their order.</param>
    /// <returns>The format.</returns>
    public static RecordFormat Csv(IReadOnlyList<string> columns) => Csv(columns, null);

    /// <summary>Creates a format for values that are a line of comma-separated <see cref="ColumnType.Single"/> fields. See <see cref="Csv(IReadOnlyList{string}, string?, IReadOnlyList{string})"/>.</summary>
    /// <param name="columns">The names of the fields, in their order.</param>
    /// <param name="key">The name of a column that holds the record's key as text, such as the label in TensorFlow's Kafka tutorial; null if the key is not read.</param>
    /// <returns>The format.</returns>
    public static RecordFormat Csv(IReadOnlyList<string> columns, string? key) => Csv(columns, key, []);

    /// <summary>
    /// Creates a format for values that are a line of comma-separated fields (RFC 4180, UTF-8), with or without a line break at the end. A quoted field may contain commas, line breaks, and doubled quotes.
    /// Every column is <see cref="ColumnType.Single"/>. An empty field is missing (NaN), and so is a field that equals one of the <paramref name="missing"/> texts.
    /// </summary>
    /// <param name="columns">The names of the fields, in their order.</param>
    /// <param name="key">A column that holds the record's key as text; null if the key is not read.</param>
    /// <param name="missing">The texts that mean missing, with or without quotes, in the value and in the key: <c>["NA", "null", @"\N"]</c>.</param>
    /// <returns>The format.</returns>
    public static RecordFormat Csv(IReadOnlyList<string> columns, string? key, IReadOnlyList<string> missing)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return Csv([.. columns.Select(Single)], key is null ? null : Single(key), missing);

        static DatasetColumn Single(string name) => new(name, ColumnType.Single, IsNullable: true);
    }

    /// <summary>Creates a format for values that are a line of comma-separated fields; the key is not read. See <see cref="Csv(IReadOnlyList{DatasetColumn}, DatasetColumn?, IReadOnlyList{string})"/>.</summary>
    /// <param name="columns">The fields, in their order.</param>
    /// <returns>The format.</returns>
    [OverloadResolutionPriority(1)]
    public static RecordFormat Csv(IReadOnlyList<DatasetColumn> columns) => Csv(columns, null);

    /// <summary>Creates a format for values that are a line of comma-separated fields. See <see cref="Csv(IReadOnlyList{DatasetColumn}, DatasetColumn?, IReadOnlyList{string})"/>.</summary>
    /// <param name="columns">The fields, in their order.</param>
    /// <param name="key">A column that holds the record's key as text; null if the key is not read.</param>
    /// <returns>The format.</returns>
    [OverloadResolutionPriority(1)]
    public static RecordFormat Csv(IReadOnlyList<DatasetColumn> columns, DatasetColumn? key) => Csv(columns, key, []);

    /// <summary>
    /// Creates a format for values that are a line of comma-separated fields (RFC 4180, UTF-8) of any type except vectors: numbers in the invariant culture, dates and times in ISO 8601
    /// (a <see cref="ColumnType.DateTimeOffset"/> is in UTC if it has no offset, a <see cref="ColumnType.DateTime"/> must have none) or as numbers in the column's <see cref="DatasetColumn.Unit"/>, Booleans as <c>true</c>, <c>false</c>, <c>1</c> or <c>0</c>, keys by their values.
    /// An empty field is missing, and so is a field that equals one of the <paramref name="missing"/> texts; in an integer or Boolean column, which has no missing value, it makes the record bad.
    /// </summary>
    /// <param name="columns">The fields, in their order.</param>
    /// <param name="key">A column that holds the record's key as text; null if the key is not read.</param>
    /// <param name="missing">The texts that mean missing, with or without quotes, in the value and in the key: <c>["NA", "null", @"\N"]</c>.</param>
    /// <returns>The format.</returns>
    [OverloadResolutionPriority(1)]
    public static RecordFormat Csv(IReadOnlyList<DatasetColumn> columns, DatasetColumn? key, IReadOnlyList<string> missing)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(missing);
        return new BareFormat(
            "CSV",
            wanted => new CsvRecordFormat(DeclaredColumns.Under(wanted.Root, columns), missing),
            () => DeclaredColumns.Faults(key is null ? columns : [.. columns, key]).Concat(DeclaredColumns.VectorFaults(columns)).Concat(DeclaredColumns.DecimalFaults(key is null ? columns : [.. columns, key])),
            key is null ? null : new BareFormat("text", _ => new TextRecordFormat(key, missing)))
        {
            Description = new FormatDescription { Kind = FormatKind.Csv, Columns = columns, Key = key, Missing = missing },
        };
    }

    /// <summary>
    /// Creates a format for values that are consecutive 32-bit floating-point numbers (IEEE 754 binary32, little-endian) and nothing else, like a row of a tensor in memory.
    /// A value of another length causes a <see cref="RecordDecodingException"/>. For 64-bit numbers, use <see cref="Float64(IReadOnlyList{string}, ByteOrder)"/>.
    /// </summary>
    /// <param name="columns">The names of the numbers, in their order.</param>
    /// <returns>The format.</returns>
    public static RecordFormat Float32(IReadOnlyList<string> columns) => Float32(columns, ByteOrder.LittleEndian);

    /// <summary>Creates a format like <see cref="Float32(IReadOnlyList{string})"/> with a given byte order.</summary>
    /// <param name="columns">The names of the numbers, in their order.</param>
    /// <param name="order">The byte order of each number.</param>
    /// <returns>The format.</returns>
    public static RecordFormat Float32(IReadOnlyList<string> columns, ByteOrder order) => Floats(columns, new FloatEncoding(ColumnType.Single, order));

    /// <summary>Creates a format like <see cref="Float32(IReadOnlyList{string})"/> that reads the numbers into a single vector column.</summary>
    /// <param name="count">The number of floating-point numbers in each value, which is the size of the vector.</param>
    /// <param name="column">The column's name.</param>
    /// <returns>The format.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1.</exception>
    public static RecordFormat Float32(int count, string column = "Values") => Float32(count, column, ByteOrder.LittleEndian);

    /// <summary>Creates a format that reads 32-bit floating-point numbers of a given byte order into a single vector column.</summary>
    /// <param name="count">The number of floating-point numbers in each value, which is the size of the vector.</param>
    /// <param name="column">The column's name.</param>
    /// <param name="order">The byte order of each number.</param>
    /// <returns>The format.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1.</exception>
    public static RecordFormat Float32(int count, string column, ByteOrder order) => Floats(count, column, new FloatEncoding(ColumnType.Single, order));

    /// <summary>
    /// Creates a format for values that are consecutive 64-bit floating-point numbers (IEEE 754 binary64) and nothing else, such as the bytes of a NumPy array of <c>float64</c>,
    /// NumPy's default type. A value of another length causes a <see cref="RecordDecodingException"/>.
    /// </summary>
    /// <param name="columns">The names of the numbers, in their order.</param>
    /// <param name="order">The byte order of each number. Default little-endian.</param>
    /// <returns>The format.</returns>
    public static RecordFormat Float64(IReadOnlyList<string> columns, ByteOrder order = ByteOrder.LittleEndian) => Floats(columns, new FloatEncoding(ColumnType.Double, order));

    /// <summary>Creates a format like <see cref="Float64(IReadOnlyList{string}, ByteOrder)"/> that reads the numbers into a single vector column.</summary>
    /// <param name="count">The number of floating-point numbers in each value, which is the size of the vector.</param>
    /// <param name="column">The column's name.</param>
    /// <param name="order">The byte order of each number. Default little-endian.</param>
    /// <returns>The format.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1.</exception>
    public static RecordFormat Float64(int count, string column = "Values", ByteOrder order = ByteOrder.LittleEndian) => Floats(count, column, new FloatEncoding(ColumnType.Double, order));

    /// <summary>
    /// Creates a format for Protobuf without framing: each value is one message in Protobuf's binary encoding. The message's fields are the columns: those of nested messages by their path with dots,
    /// repeated ones as vectors, enums as keys, <c>google.protobuf.Timestamp</c>, <c>Duration</c> and wrappers as the values that they represent.
    /// An absent field has its default value; an absent field with presence (<c>optional</c>, members of a <c>oneof</c>) is missing, unless the schema defines a default.
    /// </summary>
    /// <param name="message">The descriptor of the message: the static property <c>Descriptor</c> of its generated class.</param>
    /// <returns>The format.</returns>
    public static RecordFormat Protobuf(MessageDescriptor message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new BareFormat("Protobuf", wanted => new ProtobufRecordFormat(message, SchemaDocument.Options, wanted))
        {
            Description = new FormatDescription { Kind = FormatKind.Protobuf, Files = ProtobufDocuments.FilesOf(message), Message = message.FullName },
        };
    }

    /// <summary>Creates a format like <see cref="Protobuf(MessageDescriptor)"/> from a compiled schema.</summary>
    /// <param name="fileDescriptorSet">A <c>FileDescriptorSet</c> with all imports, as <c>protoc --descriptor_set_out --include_imports</c> writes it.</param>
    /// <param name="message">The full name of the message.</param>
    /// <returns>The format.</returns>
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
    /// Creates a format for values or keys framed for AWS Glue, Apicurio or another registry: each is read with the schema that it was written with, which a resolver finds by the id in the frame.
    /// </summary>
    /// <param name="framing">The frame, which contains the schema's id.</param>
    /// <param name="schemas">Finds schemas by their ids, for example <see cref="ApicurioSchemaResolver"/>.</param>
    /// <param name="columns">The schema whose fields are the columns. Default null: the schema of the range's first record.</param>
    /// <param name="message">For a Protobuf schema, the full name of the message whose fields are the columns. Default null: the message of the range's first record.</param>
    /// <returns>The format.</returns>
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
    /// Returns the same format for framed values or keys. A format with its own schema (all except <see cref="Registry"/> and <see cref="RegistrySubject"/>) reads every record with that schema,
    /// whatever id is in the frame; use this to read records of Confluent's, Glue's or Apicurio's serializers if the registry no longer exists. <see cref="Registry"/> looks up the id in the frame in its registry.
    /// </summary>
    /// <param name="framing">The frame.</param>
    /// <returns>The format.</returns>
    /// <remarks>Records that were written with a different schema are bad records, or, if their bytes happen to match the format's schema, give wrong rows.</remarks>
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

    /// <summary>A format for values or keys of a single schema, which is given in the options.</summary>
    /// <param name="name">The name of the format.</param>
    /// <param name="bind">Creates the format with the columns that are requested by name; it may throw a <see cref="SchemaException"/>.</param>
    /// <param name="faults">The problems found in its options.</param>
    /// <param name="key">The format of the keys, or null if they are not read.</param>
    internal sealed class BareFormat(string name, Func<WantedColumns, IRecordFormat> bind, Func<IEnumerable<string>>? faults = null, RecordFormat? key = null) : RecordFormat
    {
        internal override RecordFormat? KeyFormat => key;

        public IRecordFormat Bind(WantedColumns wanted) => bind(wanted);

        public IEnumerable<string> Faults() => faults?.Invoke() ?? [];

        public override string ToString() => name;

        private protected override RecordFormat WithFraming(RecordFraming framing, FormatDescription? description) => new BareFormat(name, bind, faults, key) { Framing = framing, Description = description };
    }
}
