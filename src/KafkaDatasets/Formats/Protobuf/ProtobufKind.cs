namespace KafkaDatasets.Formats.Protobuf;

/// <summary>The kind of a field in a message.</summary>
internal enum ProtobufKind
{
    Scalar,
    Message,

    /// <summary>A map: a repeated message of key and value, whose fields are the messages of the keys that are columns.</summary>
    Map,

    /// <summary>A <c>google.protobuf.Timestamp</c>, read as a single value.</summary>
    Timestamp,

    /// <summary>A <c>google.protobuf.Duration</c>, read as a single value.</summary>
    Duration,

    /// <summary>Not a column; it only replaces other members of its <c>oneof</c>.</summary>
    Ignored,
}
