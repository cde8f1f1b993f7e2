namespace KafkaDatasets.Schemas;

/// <summary>How a framed payload identifies its message within a Protobuf schema.</summary>
internal enum ProtobufMarking
{
    /// <summary>It does not identify the message.</summary>
    None,

    /// <summary>Confluent: the indexes of the enclosing messages and of the message itself, as zig-zag varints.</summary>
    MessageIndex,

    /// <summary>Apicurio: a delimited message whose field 1 is the message's name, or the name in a header.</summary>
    TypeReference,

    /// <summary>AWS Glue: the message's index among all messages of the file sorted by full name, as a varint.</summary>
    SortedIndex,
}
