using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Methods that compiled plans call; none of them throws for invalid bytes.</summary>
internal static class CompiledCalls
{
    private const ulong StopBits = 0x8080808080808080;
    private const ulong ValueBits = 0x7f7f7f7f7f7f7f7f;

    /// <summary>Reads a varint of up to 64 bits; at least 10 bytes must be readable.</summary>
    /// <param name="from">Its first byte.</param>
    /// <param name="length">The number of bytes, or 0 when the varint is longer than 10 bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong ReadVarint(ref byte from, out nint length) => ReadVarintInline(ref from, out length);

    /// <summary>Does the same as <see cref="ReadVarint"/> without a call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ReadVarintInline(ref byte from, out nint length)
    {
        ulong bytes = Unsafe.ReadUnaligned<ulong>(ref from);
        ulong stops = ~bytes & StopBits;
        if (stops == 0)
        {
            return ReadLong(ref from, bytes, out length);
        }

        length = (BitOperations.TrailingZeroCount(stops) >> 3) + 1;
        return Gather(bytes & (stops ^ (stops - 1)));
    }

    /// <summary>Returns the number of bytes of a varint, or 0 when it is longer than 10.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint VarintLength(ref byte from)
    {
        ulong stops = ~Unsafe.ReadUnaligned<ulong>(ref from) & StopBits;
        if (stops != 0)
        {
            return (BitOperations.TrailingZeroCount(stops) >> 3) + 1;
        }

        ReadLong(ref from, 0, out nint length);
        return length;
    }

    /// <summary>Stores a text value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SetText(TextColumn column, RowBlock block, int slot, ref byte from, nint length) =>
        column.SetText(block.Rows, slot, MemoryMarshal.CreateReadOnlySpan(ref from, (int)length));

    public static void StoreText(ColumnTarget[] targets, RowBlock block, ref byte from, nint length) =>
        targets.StoreText(MemoryMarshal.CreateReadOnlySpan(ref from, (int)length), block);

    public static void StoreInteger(ColumnTarget[] targets, RowBlock block, long value) => targets.StoreInteger(value, block);

    public static void StoreUnsigned(ColumnTarget[] targets, RowBlock block, ulong value) => targets.StoreInteger(value, block);

    public static void StoreNumber(ColumnTarget[] targets, RowBlock block, double value) => targets.StoreNumber(value, block);

    public static void StoreTicks(ColumnTarget[] targets, RowBlock block, long ticks) => targets.StoreTicks(ticks, block);

    public static void StoreSymbol(ColumnTarget[] targets, RowBlock block, byte[][] symbols, int index) => targets.StoreSymbol(index, symbols[index], block);

    public static void StoreMissing(ColumnTarget[] targets, RowBlock block) => targets.StoreMissing(block);

    private static ulong ReadLong(ref byte from, ulong bytes, out nint length)
    {
        byte ninth = Unsafe.Add(ref from, 8);
        byte tenth = Unsafe.Add(ref from, 9);
        ulong value = Gather(bytes) | ((ulong)(ninth & 0x7f) << 56) | ((ulong)tenth << 63);
        length = ninth < 0x80 ? 9 : tenth <= 1 ? 10 : 0;
        return ninth < 0x80 ? value & (ulong.MaxValue >> 1) : value;
    }

    /// <summary>Joins the low seven bits of each byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Gather(ulong bytes)
    {
        if (Bmi2.X64.IsSupported)
        {
            return Bmi2.X64.ParallelBitExtract(bytes, ValueBits);
        }

        bytes &= ValueBits;
        bytes = ((bytes & 0x7f007f007f007f00) >> 1) | (bytes & 0x007f007f007f007f);
        bytes = ((bytes & 0x3fff00003fff0000) >> 2) | (bytes & 0x00003fff00003fff);
        return ((bytes & 0x0fffffff00000000) >> 4) | (bytes & 0x000000000fffffff);
    }
}
