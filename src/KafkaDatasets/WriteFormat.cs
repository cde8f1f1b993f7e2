namespace KafkaDatasets;

/// <summary>
/// The formats that values are written in. <see cref="Avro"/>, <see cref="Json"/> and <see cref="Protobuf"/> register a schema,
/// unless <see cref="KafkaWriterOptions.Framing"/> is <see cref="SchemaFraming.None"/>; the others have no schema.
/// </summary>
public enum WriteFormat
{
    /// <summary>Avro's binary encoding.</summary>
    Avro,

    /// <summary>
    /// JSON objects, with a JSON Schema (draft 7) in the registry. Missing numbers (NaN) are null; infinity is <c>1e999</c>, which readers parse as infinity; bytes are base64;
    /// dates and times are ISO 8601, and those without a time zone have the format <c>date-time-local</c>; time spans are in .NET's constant format (<c>1.02:03:04.5000000</c>).
    /// </summary>
    Json,

    /// <summary>
    /// Protobuf messages of a proto3 schema whose first message is the row: nullable fields are <c>optional</c>, instants <c>google.protobuf.Timestamp</c>,
    /// time spans <c>google.protobuf.Duration</c> (at most 10,000 years); dates, times of day, decimals and GUIDs are text. Fields are numbered in order, so add new fields at the end.
    /// </summary>
    Protobuf,

    /// <summary>
    /// Comma-separated text (RFC 4180), as in TensorFlow's Kafka tutorial: if <see cref="KafkaWriterOptions.Key"/> is the label, the value contains only the features.
    /// Booleans are 1 and 0, every item of a list or vector is a separate field, and null is an empty field.
    /// </summary>
    Csv,

    /// <summary>
    /// Consecutive 32-bit floating-point numbers in <see cref="KafkaWriterOptions.ByteOrder"/>, one for each field and for each item of a list or vector. Only numbers and Booleans can be written; null is NaN.
    /// </summary>
    Float32,

    /// <summary>Like <see cref="Float32"/>, but 64-bit floating-point numbers, as in NumPy's <c>float64</c> arrays.</summary>
    Float64,
}
