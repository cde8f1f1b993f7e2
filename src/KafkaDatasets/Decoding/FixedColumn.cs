using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KafkaDatasets.Decoding;

/// <summary>A column of fixed-width values, row after row, <c>width</c> slots a row.</summary>
internal sealed class FixedColumn<T>(ElementType type, int width) : ColumnBuffer(type)
    where T : unmanaged
{
    public T[] Values { get; private set; } = [];

    public int Width => width;

    public override int BytesPerRow => Unsafe.SizeOf<T>() * width;

    public ReadOnlySpan<T> Row(int row) => Values.AsSpan(row * width, width);

    /// <summary>The bytes of the slots from <paramref name="slot"/> on, for values that lie on the wire as they do here.</summary>
    public Span<byte> SlotBytes(int row, int slot, int length) => SlotBytes(row, slot)[..length];

    /// <summary>The bytes from one slot of a row on, those of the rows that follow too.</summary>
    public Span<byte> SlotBytes(int row, int slot) => MemoryMarshal.AsBytes(Values.AsSpan(row * width + slot));

    public override void EnsureRows(int rows)
    {
        if (Values.Length < rows * width)
        {
            T[] larger = new T[rows * width];
            Values.CopyTo(larger, 0);
            Values = larger;
        }
    }

    public override void SetMissing(int row, int slot) => Values[row * width + slot] = Missing;

    public override void SetNumber(int row, int slot, double value)
    {
        T stored;
        if (typeof(T) == typeof(float))
        {
            stored = Unsafe.BitCast<float, T>((float)value);
        }
        else if (typeof(T) == typeof(double))
        {
            stored = Unsafe.BitCast<double, T>(value);
        }
        else
        {
            throw new MalformedValueException($"the number {value} is not of the column's type {Type}");
        }

        Values[row * width + slot] = stored;
    }

    public override void SetNumber(int row, int slot, long value)
    {
        T stored;
        if (typeof(T) == typeof(float))
        {
            stored = Unsafe.BitCast<float, T>(value);
        }
        else if (typeof(T) == typeof(double))
        {
            stored = Unsafe.BitCast<double, T>(value);
        }
        else if (typeof(T) == typeof(long))
        {
            stored = Unsafe.BitCast<long, T>(value);
        }
        else if (typeof(T) == typeof(int))
        {
            stored = Unsafe.BitCast<int, T>(checked((int)value));
        }
        else if (typeof(T) == typeof(uint))
        {
            stored = Unsafe.BitCast<uint, T>(checked((uint)value));
        }
        else
        {
            stored = Unsafe.BitCast<bool, T>(value != 0);
        }

        Values[row * width + slot] = stored;
    }

    public override void CopyRows(ColumnBuffer source, int sourceRow, int row, int count)
    {
        EnsureRows(row + count);
        ((FixedColumn<T>)source).Values.AsSpan(sourceRow * width, count * width).CopyTo(Values.AsSpan(row * width));
    }

    private static T Missing =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<float, T>(float.NaN)
        : typeof(T) == typeof(double) ? Unsafe.BitCast<double, T>(double.NaN)
        : default;
}
