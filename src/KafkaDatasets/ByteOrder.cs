namespace KafkaDatasets;

/// <summary>The order in which the bytes of a number are written.</summary>
public enum ByteOrder
{
    /// <summary>The least significant byte first, as x86 and ARM hold numbers, and NumPy's <c>tobytes</c> writes them there. The default.</summary>
    LittleEndian,

    /// <summary>The most significant byte first, as Java's <c>ByteBuffer</c> and <c>DataOutputStream</c> write numbers, and NumPy's <c>&gt;f4</c> and <c>&gt;f8</c>.</summary>
    BigEndian,
}
