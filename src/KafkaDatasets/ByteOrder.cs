namespace KafkaDatasets;

/// <summary>The byte order (endianness) of a number.</summary>
public enum ByteOrder
{
    /// <summary>The least significant byte first, as on x64 and Arm64, and in NumPy arrays and TensorFlow tensors by default.</summary>
    LittleEndian,

    /// <summary>The most significant byte first (network byte order), as Java's <c>ByteBuffer</c> (by default) and <c>DataOutputStream</c> write numbers.</summary>
    BigEndian,
}
