using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>
/// The short way for records of nothing but fixed-width fields whose bytes on the wire are those of the columns: a check and a copy or two for a row.
/// Whatever is out of the ordinary is left to the <see cref="PartPlan"/>, which says what is wrong with it.
/// </summary>
internal sealed class VerbatimPlan
{
    private const int MagicAndId = 1 + sizeof(int);
    private const int StripRecords = 64;
    private const int LongestInline = 256;

    private readonly int _length;
    private readonly FixedCopy[] _copies;
    private readonly int _binaryLabel;

    /// <summary>Makes a plan.</summary>
    /// <param name="length">The bytes of a value.</param>
    /// <param name="copies">What is copied out of a value; all of it verbatim.</param>
    /// <param name="layout">The columns of the blocks.</param>
    public VerbatimPlan(int length, FixedCopy[] copies, PartLayout layout)
    {
        _length = length;
        _copies = copies;
        _binaryLabel = layout.BinaryLabels.Select(l => l.Column).FirstOrDefault(-1);
    }

    /// <summary>Decodes records up to the first one that is out of the ordinary: a strip at a time that stays in the core's first cache, and of that one column after the other.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="next">The first record.</param>
    /// <param name="end">The record to stop at.</param>
    /// <param name="block">The block, with room for them.</param>
    /// <param name="schemaId">The id that must stand before each value; null: values are bare.</param>
    /// <returns>The record that it stopped at.</returns>
    public int Decode(RecordChunk chunk, int next, int end, RowBlock block, int? schemaId)
    {
        while (next < end)
        {
            int wanted = Math.Min(end - next, StripRecords);
            ReadOnlySpan<RecordEntry> strip = chunk.Entries.AsSpan(next, wanted);
            int count = schemaId is { } id ? CountFramed(chunk.Bytes, strip, id) : CountOfLength(strip, _length);
            strip = strip[..count];
            foreach (ref readonly FixedCopy copy in _copies.AsSpan())
            {
                Copy(copy, chunk.Bytes, strip, (schemaId is null ? 0 : MagicAndId) + copy.Offset, block);
            }

            count = CountOfBinary(block, count);
            block.CompleteRows(chunk, next, count);
            next += count;
            if (count < wanted)
            {
                break;
            }
        }

        return next;
    }

    /// <summary>How many records, from the first on, have no headers and a value of that length.</summary>
    private static int CountOfLength(ReadOnlySpan<RecordEntry> strip, int length)
    {
        int count = 0;
        while (count < strip.Length && strip[count].ValueLength == length && strip[count].HeaderCount == 0)
        {
            count++;
        }

        return count;
    }

    /// <summary>The same for framed values, which must begin with that schema id.</summary>
    private int CountFramed(ReadOnlySpan<byte> bytes, ReadOnlySpan<RecordEntry> strip, int schemaId)
    {
        int ofLength = CountOfLength(strip, MagicAndId + _length);
        int count = 0;
        while (count < ofLength)
        {
            ReadOnlySpan<byte> frame = bytes.Slice(strip[count].ValueStart, MagicAndId);
            if (frame[0] != 0 || BinaryPrimitives.ReadInt32BigEndian(frame[1..]) != schemaId)
            {
                break;
            }

            count++;
        }

        return count;
    }

    private static void Copy(in FixedCopy copy, ReadOnlySpan<byte> bytes, ReadOnlySpan<RecordEntry> strip, int offset, RowBlock block)
    {
        ColumnBuffer column = block.Columns[copy.Column];
        Span<byte> to = copy.Source == ColumnType.Single
            ? Unsafe.As<FixedColumn<float>>(column).SlotBytes(block.Rows, copy.Slot)
            : Unsafe.As<FixedColumn<double>>(column).SlotBytes(block.Rows, copy.Slot);
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

    /// <summary>Copies whole vectors, the last of which may overlap the one before it: for a row this is quicker than a call.</summary>
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

    /// <summary>How many rows, of those just written, have a binary label of 0 or 1.</summary>
    private int CountOfBinary(RowBlock block, int count)
    {
        if (_binaryLabel < 0)
        {
            return count;
        }

        ReadOnlySpan<float> labels = Unsafe.As<FixedColumn<float>>(block.Columns[_binaryLabel]).Values.AsSpan(block.Rows, count);
        bool all = true;
        foreach (float label in labels)
        {
            all &= (label == 0f) | (label == 1f); // no branch that a label of either kind could mislead
        }

        return all ? count : labels.IndexOfAnyExcept(0f, 1f);
    }
}
