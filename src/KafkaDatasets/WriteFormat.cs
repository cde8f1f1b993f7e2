namespace KafkaDatasets;

/// <summary>
/// The formats that values are written in. <see cref="Avro"/>, <see cref="Json"/> and <see cref="Protobuf"/> have a schema in the registry,
/// or, by <see cref="SchemaFraming.None"/>, stand by themselves; the others have no schema.
/// </summary>
public enum WriteFormat
{
    /// <summary>Avro's binary encoding.</summary>
    Avro,

    /// <summary>
    /// JSON objects, with JSON Schema (draft 7) in the registry. Missing numbers (NaN) are null; infinity is <c>1e999</c>, which readers take for it; bytes are base64;
    /// dates and times ISO 8601, those without a zone of the format <c>date-time-local</c>; spans of time as .NET writes them (<c>1.02:03:04.5</c>).
    /// </summary>
    Json,

    /// <summary>
    /// Protobuf messages of a proto3 schema, whose first message is the row: fields that can be null are <c>optional</c>, instants <c>google.protobuf.Timestamp</c>,
    /// spans of time <c>google.protobuf.Duration</c>, 10,000 years at most; dates, times of day, decimals and GUIDs text. Fields are numbered in their order, so new ones go to the end.
    /// </summary>
    Protobuf,

    /// <summary>
    /// Text with commas between the fields (RFC 4180), as in TensorFlow's Kafka tutorial: with the label as <see cref="KafkaWriterOptions.Key"/>, the value is the features.
    /// Booleans are 1 and 0, lists and vectors so many fields; no value is no text.
    /// </summary>
    Csv,

    /// <summary>The fields as little-endian 32-bit floats one after another, lists and vectors in full: numbers and Booleans only; no value is NaN.</summary>
    Float32,
}
