using KafkaDatasets.Decoding;

namespace KafkaDatasets;

/// <summary>How the value of a record is to be read.</summary>
public abstract class RecordFormat
{
    private protected RecordFormat()
    {
    }

    /// <summary>
    /// Values framed by Confluent's serializers: the writer's schema is found in the registry by the id that each record carries
    /// (magic byte 0 and a 4-byte big-endian id before the value, or the schema's GUID in the header <c>__value_schema_id</c>).
    /// The columns come from the newest schema of the subject <c>TOPIC-value</c>, or, where there is no such subject, from the schema
    /// that the first record of the range was written by. The default.
    /// </summary>
    public static RecordFormat Registry { get; } = new RegistryFormat(null, null);

    /// <summary>As <see cref="Registry"/>, with the columns of another subject (for topics written with another subject-name strategy).</summary>
    /// <param name="subject">The subject in the schema registry.</param>
    /// <param name="version">The version that gives the columns; null: the newest.</param>
    public static RecordFormat RegistrySubject(string subject, int? version = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(subject);
        return new RegistryFormat(subject, version);
    }

    /// <summary>Bare Avro: each value is one datum of the given schema in Avro's binary encoding, with no framing.</summary>
    /// <param name="schemaJson">The schema, a record, as JSON.</param>
    public static RecordFormat Avro(string schemaJson)
    {
        ArgumentException.ThrowIfNullOrEmpty(schemaJson);
        return new AvroFormat(schemaJson);
    }

    /// <summary>
    /// JSON texts (RFC 8259, UTF-8), with the columns of a JSON Schema (drafts 4 to 2020-12): each member of a scalar type, those of nested objects
    /// under their path with dots. A member that is not among <c>required</c>, or may be null, is a nullable column; members that the schema does not name are passed over.
    /// </summary>
    /// <param name="schema">The JSON Schema of an object, as JSON.</param>
    public static RecordFormat Json(string schema)
    {
        ArgumentException.ThrowIfNullOrEmpty(schema);
        return new JsonFormat(schema);
    }

    /// <summary>
    /// JSON texts (RFC 8259, UTF-8), with the given columns: a column's name is that of a member, with dots for those of nested objects; other members are passed over.
    /// A nullable column's member may be null or not there; any other must be there.
    /// </summary>
    /// <param name="columns">The columns. Those of integers and Booleans cannot be nullable, as they have no value for missing: declare them as <see cref="ColumnType.Double"/>.</param>
    public static RecordFormat Json(IReadOnlyList<DatasetColumn> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return new JsonColumnsFormat(columns);
    }

    /// <summary>What is wrong with the format's options.</summary>
    internal virtual IEnumerable<string> Faults() => [];

    internal sealed class RegistryFormat(string? subject, int? version) : RecordFormat
    {
        public string? Subject { get; } = subject;

        public int? Version { get; } = version;
    }

    internal sealed class AvroFormat(string schemaJson) : RecordFormat
    {
        public string SchemaJson { get; } = schemaJson;
    }

    internal sealed class JsonFormat(string schema) : RecordFormat
    {
        public string Schema { get; } = schema;
    }

    internal sealed class JsonColumnsFormat(IReadOnlyList<DatasetColumn> columns) : RecordFormat
    {
        public IReadOnlyList<DatasetColumn> Columns { get; } = columns;

        internal override IEnumerable<string> Faults() => DeclaredColumns.Faults(Columns).Concat(DeclaredColumns.NestingFaults(Columns));
    }
}
