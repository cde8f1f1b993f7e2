namespace KafkaDatasets.Decoding;

/// <summary>The range of integers that each type can hold.</summary>
internal static class IntegerRange
{
    public static bool Contains(ColumnType type, long value) => type switch
    {
        ColumnType.Int8 => value == (sbyte)value,
        ColumnType.UInt8 => value == (byte)value,
        ColumnType.Int16 => value == (short)value,
        ColumnType.UInt16 => value == (ushort)value,
        ColumnType.Int32 => value == (int)value,
        ColumnType.UInt32 => value == (uint)value,
        _ => true,
    };
}
