using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>
/// The fast path for records that consist of fixed-width fields whose bytes on the wire are those of the columns: a check and one or two copies per row,
/// one column after another.
/// </summary>
/// <param name="length">The length of a value in bytes.</param>
/// <param name="copies">The copies out of a value, all of them verbatim.</param>
/// <param name="layout">The columns of the blocks.</param>
internal sealed class VerbatimPlan(int length, FixedCopy[] copies, PartLayout layout) : BulkPlan(layout)
{
    private const int LongestInline = 256;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected internal override int Fill(byte[] bytes, ReadOnlySpan<RecordEntry> strip, int framing, RowBlock block)
    {
        int count = 0;
        while (count < strip.Length && strip[count].ValueLength == framing + length)
        {
            count++;
        }

        foreach (ref readonly FixedCopy copy in copies.AsSpan())
        {
            Copy(copy, bytes, strip[..count], framing + copy.Offset, block);
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy(in FixedCopy copy, ReadOnlySpan<byte> bytes, ReadOnlySpan<RecordEntry> strip, int offset, RowBlock block)
    {
        ColumnBuffer column = block.Columns[copy.Column];
        Span<byte> to = FixedColumns.SlotBytes(column, copy.Source, block.Rows, copy.Slot);
        int length = copy.Length;
        int stride = column.BytesPerRow;
        int at = 0;
        if (length == sizeof(float))
        {
            foreach (ref readonly RecordEntry entry in strip)
            {
                MemoryMarshal.Write(to.Slice(at, sizeof(float)), MemoryMarshal.Read<float>(bytes.Slice(entry.ValueStart + offset, sizeof(float))));
                at += stride;
            }

            return;
        }

        if (length < Vector256<byte>.Count || length > LongestInline)
        {
            foreach (ref readonly RecordEntry entry in strip)
            {
                bytes.Slice(entry.ValueStart + offset, length).CopyTo(to[at..]);
                at += stride;
            }

            return;
        }

        foreach (ref readonly RecordEntry entry in strip)
        {
            CopyVectors(bytes.Slice(entry.ValueStart + offset, length), to.Slice(at, length));
            at += stride;
        }
    }

    /// <summary>Copies whole vectors, the last of which may overlap the previous one: for the size of a row this is faster than a call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyVectors(ReadOnlySpan<byte> from, Span<byte> to)
    {
        ref byte source = ref MemoryMarshal.GetReference(from);
        ref byte target = ref MemoryMarshal.GetReference(to);
        nuint last = (nuint)(from.Length - Vector256<byte>.Count);
        for (nuint i = 0; i < last; i += (nuint)Vector256<byte>.Count)
        {
            Vector256.LoadUnsafe(ref source, i).StoreUnsafe(ref target, i);
        }

        Vector256.LoadUnsafe(ref source, last).StoreUnsafe(ref target, last);
    }
}
