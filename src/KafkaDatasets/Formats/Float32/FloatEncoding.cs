using System.Buffers.Binary;
using System.Diagnostics;

namespace KafkaDatasets.Formats.Float32;

/// <summary>The encoding of consecutive floating-point numbers in a value (IEEE 754).</summary>
/// <param name="Type">Single (4 bytes) or Double (8 bytes).</param>
/// <param name="Order">The byte order.</param>
internal readonly record struct FloatEncoding(ColumnType Type, ByteOrder Order)
{
    /// <summary>The size of a number in bytes.</summary>
    public int Size => Type switch
    {
        ColumnType.Single => sizeof(float),
        ColumnType.Double => sizeof(double),
        _ => throw new UnreachableException($"floats of type {Type}"),
    };

    /// <summary>The same encoding with numbers of the other size.</summary>
    public FloatEncoding Other => this with { Type = Type == ColumnType.Single ? ColumnType.Double : ColumnType.Single };

    /// <summary>Whether numbers have the same layout in the value as in memory.</summary>
    public bool IsNative => Order == ByteOrder.LittleEndian == BitConverter.IsLittleEndian;

    /// <summary>Reads the first number of some bytes.</summary>
    public double Read(ReadOnlySpan<byte> bytes) => (Type, Order) switch
    {
        (ColumnType.Single, ByteOrder.LittleEndian) => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        (ColumnType.Single, ByteOrder.BigEndian) => BinaryPrimitives.ReadSingleBigEndian(bytes),
        (ColumnType.Double, ByteOrder.LittleEndian) => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        (ColumnType.Double, ByteOrder.BigEndian) => BinaryPrimitives.ReadDoubleBigEndian(bytes),
        _ => throw new UnreachableException($"floats of {this}"),
    };

    public override string ToString() => Type == ColumnType.Single ? "Float32" : "Float64";
}
