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

    internal sealed class RegistryFormat(string? subject, int? version) : RecordFormat
    {
        public string? Subject { get; } = subject;

        public int? Version { get; } = version;
    }

    /// <summary>A format that is bound already.</summary>
    internal sealed class BoundFormat(Decoding.IRecordFormat format) : RecordFormat
    {
        public Decoding.IRecordFormat Format { get; } = format;
    }

    internal sealed class AvroFormat(string schemaJson) : RecordFormat
    {
        public string SchemaJson { get; } = schemaJson;
    }
}
