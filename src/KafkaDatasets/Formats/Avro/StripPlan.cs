using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Avro;

/// <summary>The fast path for records of numbers, and of fields that nobody reads: decodes many records together, one field after another.</summary>
/// <param name="steps">The steps.</param>
/// <param name="scratch">How many slots they need.</param>
/// <param name="widest">The index of the column of floats with the most in a row.</param>
/// <param name="rest">The fast path for what they leave, or null.</param>
/// <param name="layout">The columns of the blocks.</param>
internal sealed class StripPlan(StripStep[] steps, int scratch, int widest, CompiledPlan? rest, PartLayout layout) : BulkPlan(layout)
{
    /// <summary>The fewest records that are decoded together.</summary>
    private const int Fewest = 4;

    /// <summary>The most bytes of values that are brought into the cache ahead; longer ones are skipped for the most part.</summary>
    private const int MostAhead = 256 * 1024;

    [ThreadStatic]
    private static float[]? _scratch;

    /// <summary>Whether there are vectors of the size that the steps use.</summary>
    public static bool IsSupported => Vector256.IsHardwareAccelerated && BitConverter.IsLittleEndian && !CompiledPlan.IsStepByStep;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected internal override int Fill(byte[] bytes, ReadOnlySpan<RecordEntry> strip, int framing, RowBlock block)
    {
        int count = Run(bytes, strip, framing, block);
        if (count < strip.Length && rest is not null)
        {
            int first = block.Rows;
            block.Seek(first + count);
            count += rest.Fill(bytes, strip[count..], framing, block);
            block.Seek(first);
        }

        return count;
    }

    private unsafe int Run(byte[] bytes, ReadOnlySpan<RecordEntry> entries, int framing, RowBlock block)
    {
        int* positions = stackalloc int[RecordStrip.Most];
        int* ends = stackalloc int[RecordStrip.Most];
        int last = bytes.Length - CompiledPlan.Slack;
        int count = 0;
        foreach (ref readonly RecordEntry entry in entries)
        {
            int end = entry.ValueStart + entry.ValueLength;
            if (end > last || entry.ValueLength < framing)
            {
                break;
            }

            positions[count] = entry.ValueStart + framing;
            ends[count++] = end;
        }

        if (count < Fewest)
        {
            return 0;
        }

        float[] slots = _scratch is { } own && own.Length >= scratch * RecordStrip.Most ? own : _scratch = GC.AllocateArray<float>(scratch * RecordStrip.Most, pinned: true);
        Span<byte> nextRows = NextRows(block.Columns[widest], block.Rows + count, count);
        fixed (byte* start = bytes, next = nextRows)
        fixed (float* slot = slots)
        {
            var strip = new RecordStrip { Bytes = start, Positions = positions, Ends = ends, Slots = slot, Block = block, FirstRow = block.Rows };
            strip.Fill(count);
            var values = new StripAhead(start + ends[count - 1], Math.Min(ends[count - 1] - positions[0], MostAhead), steps.Length);
            var rows = new StripAhead(next, nextRows.Length, steps.Length);
            foreach (StripStep step in steps)
            {
                values.Step();
                rows.Step();
                int read = step.Run(strip, count);
                if (read == count)
                {
                    continue;
                }

                if (read == 0)
                {
                    return 0;
                }

                count = read;
                strip.Fill(count);
            }

            return strip.CountEnded(count);
        }
    }

    /// <summary>Returns the memory of as many rows as there are from a row on.</summary>
    private static Span<byte> NextRows(ColumnBuffer column, int row, int count)
    {
        Span<byte> rows = FixedColumns.SlotBytes(column, ColumnType.Single, row, 0);
        return rows[..Math.Min(rows.Length, count * column.BytesPerRow)];
    }
}
