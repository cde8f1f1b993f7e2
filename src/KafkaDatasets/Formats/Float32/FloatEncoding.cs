using System.Buffers.Binary;
using System.Diagnostics;

namespace KafkaDatasets.Formats.Float32;

/// <summary>How floating-point numbers lie in a value one after another (IEEE 754).</summary>
/// <param name="Type">Single, of 4 bytes, or Double, of 8.</param>
/// <param name="Order">The order of their bytes.</param>
internal readonly record struct FloatEncoding(ColumnType Type, ByteOrder Order)
{
    /// <summary>The bytes of a number.</summary>
    public int Size => Type switch
    {
        ColumnType.Single => sizeof(float),
        ColumnType.Double => sizeof(double),
        _ => throw new UnreachableException($"floats of type {Type}"),
    };

    /// <summary>The same with numbers of the other size.</summary>
    public FloatEncoding Other => this with { Type = Type == ColumnType.Single ? ColumnType.Double : ColumnType.Single };

    /// <summary>Whether numbers lie in the value as they do in memory.</summary>
    public bool IsNative => Order == ByteOrder.LittleEndian == BitConverter.IsLittleEndian;

    /// <summary>The first number of some bytes.</summary>
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
