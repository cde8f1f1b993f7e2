namespace KafkaDatasets.Schemas;

/// <summary>How a framed payload says which message of its Protobuf schema it is.</summary>
internal enum ProtobufMarking
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>Confluent: the message's index, and those of the messages that it lies in, as zig-zag varints.</summary>
    MessageIndex,

    /// <summary>Apicurio: a delimited message whose field 1 is the message's name, or the name in a header.</summary>
    TypeReference,

    /// <summary>AWS Glue: the message's index among all messages of the file sorted by full name, as a varint.</summary>
    SortedIndex,
}
