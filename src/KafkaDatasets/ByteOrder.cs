namespace KafkaDatasets;

/// <summary>The order of the bytes of a number.</summary>
public enum ByteOrder
{
    /// <summary>The lowest byte first, as in the memory of most machines, NumPy's arrays and TensorFlow's tensors.</summary>
    LittleEndian,

    /// <summary>The highest byte first, also called network order: as Java's <c>ByteBuffer</c> and <c>DataOutputStream</c> write.</summary>
    BigEndian,
}
