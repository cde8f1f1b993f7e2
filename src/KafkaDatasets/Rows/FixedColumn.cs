using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KafkaDatasets.Rows;

/// <summary>A column of fixed-width values, stored row by row, with <c>width</c> slots per row.</summary>
internal sealed class FixedColumn<T>(ColumnType type, int width, TensorRule<T>? tensor = null) : ColumnBuffer(type)
    where T : unmanaged
{
    private int _row;
    private int _size;
    private int _next;
    private int _end;

    public T[] Values { get; private set; } = [];

    public int Width => width;

    public override int BytesPerRow => Unsafe.SizeOf<T>() * width;

    public override long BytesOf(int rows) => (long)rows * BytesPerRow;

    public override long Bytes => (long)Unsafe.SizeOf<T>() * Values.Length;

    /// <summary>Returns the first slot of a row, for code that knows the column's width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T Slot(int row)
    {
        T[] values = Values;
        int first = row * width;
        if ((uint)(first + width) > (uint)values.Length)
        {
            ThrowNoRow(row);
        }

        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(values), first);
    }

    public ReadOnlySpan<T> Row(int row) => Values.AsSpan(row * width, width);

    /// <summary>Returns the bytes of the slots from <paramref name="slot"/> onwards, for values with the same layout on the wire as here.</summary>
    public Span<byte> SlotBytes(int row, int slot, int length) => SlotBytes(row, slot)[..length];

    /// <summary>Returns the bytes from one slot of a row onwards, including those of later rows.</summary>
    public Span<byte> SlotBytes(int row, int slot) => MemoryMarshal.AsBytes(Values.AsSpan(row * width + slot));

    /// <exception cref="InvalidOperationException">The values would not fit into one array.</exception>
    public override void EnsureRows(int rows)
    {
        long values = (long)rows * width;
        if (Values.Length < values)
        {
            if (values > Array.MaxLength)
            {
                throw new InvalidOperationException($"{rows} rows of {width} values are more than one block of memory can hold ({Array.MaxLength} values): ask for batches of fewer rows.");
            }

            T[] larger = new T[values];
            Values.CopyTo(larger, 0);
            Values = larger;
        }
    }

    public override void SetMissing(int row, int slot) => Values[row * width + slot] = tensor is null ? Missing : tensor.Missing ?? throw Unfit("a missing value", "say what stands for it: missing: -1");

    public override void SetNumber(int row, int slot, double value) => Values[row * width + slot] = FromDouble(value);

    public override void SetNumber(int row, int slot, long value) => Values[row * width + slot] = FromInteger(value);

    public override void SetNumber(int row, int slot, ulong value) => Values[row * width + slot] = FromInteger(value);

    public override void SetNumber(int row, int slot, decimal value) => Values[row * width + slot] = FromDecimal(value);

    public override void SetTicks(int row, int slot, long ticks) => Values[row * width + slot] = FromTicks(ticks);

    public override void SetText(int row, int slot, ReadOnlySpan<byte> utf8) => throw Unfit("a text");

    public override void BeginList(int row, int slot, int size)
    {
        _row = row;
        _size = size;
        _next = slot;
        _end = slot + size;
    }

    public override int NextItem() => _next < _end ? _next++ : throw TooMany();

    public override Span<byte> NextItems(int count)
    {
        if (count > _end - _next)
        {
            throw TooMany();
        }

        int first = _next;
        _next += count;
        return MemoryMarshal.AsBytes(Values.AsSpan(_row * width + first, count));
    }

    public override void EndList(int row)
    {
        if (_next == _end)
        {
            return;
        }

        if (tensor?.Padding is { } padding)
        {
            Values.AsSpan(row * width + _next, _end - _next).Fill(padding);
            return;
        }

        int items = _size - (_end - _next);
        throw tensor is null
            ? new MalformedValueException($"the list has {items} items, not {_size}")
            : Unfit(FormattableString.Invariant($"a list of {items} items"), FormattableString.Invariant($"a row of it has {_size}; say what stands behind the items of a shorter list: padding: 0"));
    }

    public override bool HasValue(int rows, int slot, int slots)
    {
        if (tensor is not null || !Schemas.MissingValues.Has(Type))
        {
            return rows > 0;
        }

        T missing = Missing;
        for (int row = 0; row < rows; row++)
        {
            foreach (T value in Values.AsSpan((row * width) + slot, slots))
            {
                if (!EqualityComparer<T>.Default.Equals(value, missing))
                {
                    return true;
                }
            }
        }

        return false;
    }

    public override void CopyRows(ColumnBuffer source, int sourceRow, int row, int count)
    {
        EnsureRows(row + count);
        ((FixedColumn<T>)source).Values.AsSpan(sourceRow * width, count * width).CopyTo(Values.AsSpan(row * width));
    }

    public override void Prefetch(int row, int count) => CacheLines.Prefetch<T>(Values.AsSpan(row * width, count * width));

    public override void Gather(ReadOnlySpan<ColumnBuffer> sources, ReadOnlySpan<RowPosition> rows, int row)
    {
        EnsureRows(row + rows.Length);
        Span<T> target = Values.AsSpan(row * width, rows.Length * width);
        if (width == 1)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                target[i] = Unsafe.As<FixedColumn<T>>(sources[rows[i].Block]).Values[rows[i].Row];
            }

            return;
        }

        if (BytesPerRow >= RowCopy.Least && !target.IsEmpty)
        {
            ref byte to = ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(target));
            nuint length = (nuint)BytesPerRow;
            foreach (RowPosition position in rows)
            {
                RowCopy.Copy(ref Unsafe.As<T, byte>(ref Unsafe.As<FixedColumn<T>>(sources[position.Block]).Slot(position.Row)), ref to, length);
                to = ref Unsafe.AddByteOffset(ref to, length);
            }

            return;
        }

        foreach (RowPosition position in rows)
        {
            Unsafe.As<FixedColumn<T>>(sources[position.Block]).Row(position.Row).CopyTo(target);
            target = target[width..];
        }
    }

    public override bool CanScatter => true;

    public override void Scatter(int row, ReadOnlySpan<ColumnBuffer> columns, ReadOnlySpan<RowPosition> targets)
    {
        ReadOnlySpan<T> source = Values.AsSpan(row * width, targets.Length * width);
        if (width == 1)
        {
            for (int i = 0; i < targets.Length; i++)
            {
                Unsafe.As<FixedColumn<T>>(columns[targets[i].Block]).Values[targets[i].Row] = source[i];
            }

            return;
        }

        if (BytesPerRow >= RowCopy.Least && !source.IsEmpty)
        {
            ref byte from = ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(source));
            nuint length = (nuint)BytesPerRow;
            foreach (RowPosition target in targets)
            {
                RowCopy.Copy(ref from, ref Unsafe.As<T, byte>(ref Unsafe.As<FixedColumn<T>>(columns[target.Block]).Slot(target.Row)), length);
                from = ref Unsafe.AddByteOffset(ref from, length);
            }

            return;
        }

        foreach (RowPosition target in targets)
        {
            source[..width].CopyTo(Unsafe.As<FixedColumn<T>>(columns[target.Block]).Values.AsSpan(target.Row * width));
            source = source[width..];
        }
    }

    private static void ThrowNoRow(int row) => throw new ArgumentOutOfRangeException(nameof(row), row, "The column has no room for the row.");

    private static T Missing =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<float, T>(float.NaN)
        : typeof(T) == typeof(double) ? Unsafe.BitCast<double, T>(double.NaN)
        : typeof(T) == typeof(TimeSpan) ? Unsafe.BitCast<TimeSpan, T>(TimeSpan.MinValue)
        : default;

    /// <summary>Converts a floating-point number: rounds it to the column's precision, or for integer columns requires it to be whole.</summary>
    private T FromDouble(double value)
    {
        if (typeof(T) == typeof(float))
        {
            return Unsafe.BitCast<float, T>((float)value);
        }

        if (typeof(T) == typeof(double))
        {
            return Unsafe.BitCast<double, T>(value);
        }

        if (value == Math.Floor(value) && value is >= -9223372036854775808.0 and < 18446744073709551616.0)
        {
            return value < 0 ? FromInteger((long)value) : FromInteger((ulong)value);
        }

        return double.IsNaN(value) && tensor?.Missing is { } missing ? missing : throw Unfit(FormattableString.Invariant($"the number {value}"));
    }

    /// <summary>Converts an exact number, which for integer columns must be whole.</summary>
    private T FromDecimal(decimal value)
    {
        if (typeof(T) == typeof(float) || typeof(T) == typeof(double))
        {
            return FromDouble((double)value);
        }

        return !decimal.IsInteger(value) || value < long.MinValue || value > ulong.MaxValue ? throw Unfit(FormattableString.Invariant($"the number {value}"))
            : value < 0 ? FromInteger((long)value)
            : FromInteger((ulong)value);
    }

    private T FromInteger<TValue>(TValue value)
        where TValue : struct, IBinaryInteger<TValue>
    {
        if (typeof(T) == typeof(float))
        {
            return Unsafe.BitCast<float, T>(float.CreateTruncating(value));
        }

        if (typeof(T) == typeof(double))
        {
            return Unsafe.BitCast<double, T>(double.CreateTruncating(value));
        }

        if (typeof(T) == typeof(long))
        {
            return Checked<long, TValue>(value);
        }

        if (typeof(T) == typeof(ulong))
        {
            return Checked<ulong, TValue>(value);
        }

        if (typeof(T) == typeof(int))
        {
            return Checked<int, TValue>(value);
        }

        if (typeof(T) == typeof(uint))
        {
            return Checked<uint, TValue>(value);
        }

        if (typeof(T) == typeof(short))
        {
            return Checked<short, TValue>(value);
        }

        if (typeof(T) == typeof(ushort))
        {
            return Checked<ushort, TValue>(value);
        }

        if (typeof(T) == typeof(sbyte))
        {
            return Checked<sbyte, TValue>(value);
        }

        if (typeof(T) == typeof(byte))
        {
            return Checked<byte, TValue>(value);
        }

        return typeof(T) == typeof(bool) && (TValue.IsZero(value) || value == TValue.One)
            ? Unsafe.BitCast<bool, T>(value == TValue.One)
            : throw Unfit(FormattableString.Invariant($"the number {value}"));
    }

    private MalformedValueException TooMany() => tensor is null
        ? new($"the list has more than {_size} items")
        : Unfit("a longer list", FormattableString.Invariant($"a row of it has {_size}; give it a larger shape"));

    protected override MalformedValueException Unfit(string what) => tensor is null ? base.Unfit(what) : Unfit(what, "choose another type");

    private UnfitValueException Unfit(string what, string remedy) =>
        new($"{what} cannot be in the tensor {nameof(TensorColumn)}.{Type}(\"{tensor!.Field}\"): {remedy}");

    private T Checked<TStored, TValue>(TValue value)
        where TStored : unmanaged, IBinaryInteger<TStored>
        where TValue : struct, IBinaryInteger<TValue>
    {
        TStored stored = TStored.CreateTruncating(value);
        return TValue.CreateTruncating(stored) == value && TStored.IsNegative(stored) == TValue.IsNegative(value)
            ? Unsafe.BitCast<TStored, T>(stored)
            : throw Unfit(FormattableString.Invariant($"the number {value}"));
    }

    private T FromTicks(long ticks)
    {
        if (typeof(T) == typeof(TimeSpan) || typeof(T) == typeof(long))
        {
            return Unsafe.BitCast<long, T>(ticks);
        }

        if ((ulong)ticks <= (ulong)DateTime.MaxValue.Ticks)
        {
            if (typeof(T) == typeof(DateTime))
            {
                return Unsafe.BitCast<DateTime, T>(new DateTime(ticks));
            }

            if (typeof(T) == typeof(DateTimeOffset))
            {
                return Unsafe.BitCast<DateTimeOffset, T>(new DateTimeOffset(ticks, TimeSpan.Zero));
            }
        }

        throw Unfit(FormattableString.Invariant($"a time of {ticks} ticks"));
    }
}
