namespace KafkaDatasets.Formats.Protobuf;

/// <summary>The wire type of a field's value (Protocol Buffers, "Encoding").</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    LengthDelimited = 2,
    StartGroup = 3,
    EndGroup = 4,
    Fixed32 = 5,
}
