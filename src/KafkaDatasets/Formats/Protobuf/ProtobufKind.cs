namespace KafkaDatasets.Formats.Protobuf;

/// <summary>What a field of a message is.</summary>
internal enum ProtobufKind
{
    Scalar,
    Message,

    /// <summary>A map: a repeated message of key and value. The fields in it are the messages of those keys that are columns.</summary>
    Map,

    /// <summary>A <c>google.protobuf.Timestamp</c>: one value.</summary>
    Timestamp,

    /// <summary>A <c>google.protobuf.Duration</c>: one value.</summary>
    Duration,

    /// <summary>No column; it only takes the place of others in a <c>oneof</c>.</summary>
    Ignored,
}
