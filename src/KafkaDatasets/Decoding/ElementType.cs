namespace KafkaDatasets.Decoding;

/// <summary>What a block's column holds for each row and slot.</summary>
internal enum ElementType
{
    Boolean,
    Int32,
    Int64,
    Single,
    Double,

    /// <summary>One-based index into the key values; 0 is missing.</summary>
    Key,

    /// <summary>UTF-8 bytes.</summary>
    Text,
}
