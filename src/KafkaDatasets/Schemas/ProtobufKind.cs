namespace KafkaDatasets.Schemas;

/// <summary>What a field of a message is.</summary>
internal enum ProtobufKind
{
    Scalar,
    Message,

    /// <summary>A <c>google.protobuf.Timestamp</c>: one value.</summary>
    Timestamp,

    /// <summary>A <c>google.protobuf.Duration</c>: one value.</summary>
    Duration,

    /// <summary>No column; it only takes the place of others in a <c>oneof</c>.</summary>
    Ignored,
}
