using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Writes adjacent slots of a column, which were read one after another, to the rows.</summary>
/// <param name="column">The index of the block's column.</param>
/// <param name="first">The first slot in a row.</param>
/// <param name="slots">The number of slots, up to <see cref="Most"/>.</param>
/// <param name="scratch">The first of the strip's slots.</param>
internal sealed class StripTile(int column, int first, int slots, int scratch) : StripStep
{
    /// <summary>The most slots.</summary>
    public const int Most = 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override unsafe int Run(in RecordStrip strip, int count)
    {
        FixedColumn<float> buffer = Unsafe.As<FixedColumn<float>>(strip.Block.Columns[column]);
        int width = buffer.Width;
        Span<float> rows = buffer.Values.AsSpan(strip.FirstRow * width, count * width);
        float* from = strip.Slots + (scratch * RecordStrip.Most);
        if (width == 1)
        {
            new ReadOnlySpan<float>(from, count).CopyTo(rows);
            return count;
        }

        int row = 0;
        ref float to = ref Unsafe.Add(ref MemoryMarshal.GetReference(rows), first);
        if (slots == Most && Avx.IsSupported)
        {
            for (; row + Most <= count; row += Most)
            {
                Transpose(from + row, ref Unsafe.Add(ref to, row * width), width);
            }
        }

        for (; row < count; row++)
        {
            for (int slot = 0; slot < slots; slot++)
            {
                Unsafe.Add(ref to, (row * width) + slot) = from[(slot * RecordStrip.Most) + row];
            }
        }

        return count;
    }

    /// <summary>Writes eight slots of eight rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Transpose(float* from, ref float to, nint width)
    {
        const int slot = RecordStrip.Most;
        (Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d) = Fours(Avx.LoadVector256(from), Avx.LoadVector256(from + slot), Avx.LoadVector256(from + (2 * slot)), Avx.LoadVector256(from + (3 * slot)));
        from += 4 * slot;
        (Vector256<float> e, Vector256<float> f, Vector256<float> g, Vector256<float> h) = Fours(Avx.LoadVector256(from), Avx.LoadVector256(from + slot), Avx.LoadVector256(from + (2 * slot)), Avx.LoadVector256(from + (3 * slot)));
        const byte low = 0x20;
        const byte high = 0x31;
        Avx.Permute2x128(a, e, low).StoreUnsafe(ref to);
        Avx.Permute2x128(b, f, low).StoreUnsafe(ref to, (nuint)width);
        Avx.Permute2x128(c, g, low).StoreUnsafe(ref to, (nuint)(2 * width));
        Avx.Permute2x128(d, h, low).StoreUnsafe(ref to, (nuint)(3 * width));
        Avx.Permute2x128(a, e, high).StoreUnsafe(ref to, (nuint)(4 * width));
        Avx.Permute2x128(b, f, high).StoreUnsafe(ref to, (nuint)(5 * width));
        Avx.Permute2x128(c, g, high).StoreUnsafe(ref to, (nuint)(6 * width));
        Avx.Permute2x128(d, h, high).StoreUnsafe(ref to, (nuint)(7 * width));
    }

    /// <summary>Of four slots of eight rows, returns in each half of a vector the four slots of a row: rows 0 and 4, 1 and 5, 2 and 6, 3 and 7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> First, Vector256<float> Second, Vector256<float> Third, Vector256<float> Fourth) Fours(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        Vector256<float> lowAb = Avx.UnpackLow(a, b);
        Vector256<float> highAb = Avx.UnpackHigh(a, b);
        Vector256<float> lowCd = Avx.UnpackLow(c, d);
        Vector256<float> highCd = Avx.UnpackHigh(c, d);
        const byte lower = 0x44;
        const byte upper = 0xEE;
        return (Avx.Shuffle(lowAb, lowCd, lower), Avx.Shuffle(lowAb, lowCd, upper), Avx.Shuffle(highAb, highCd, lower), Avx.Shuffle(highAb, highCd, upper));
    }
}
