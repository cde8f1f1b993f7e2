using System.Runtime.CompilerServices;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Copies a run of numbers, whose bytes are those of the column, out of bytes that were skipped.</summary>
/// <param name="offset">Its offset from the position, which is after it.</param>
/// <param name="copy">The copy.</param>
internal sealed class StripRun(int offset, FixedCopy copy) : StripStep
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override unsafe int Run(in RecordStrip strip, int count)
    {
        ColumnBuffer column = strip.Block.Columns[copy.Column];
        Span<byte> to = FixedColumns.SlotBytes(column, copy.Source, strip.FirstRow, copy.Slot);
        for (int i = 0; i < count; i++)
        {
            new ReadOnlySpan<byte>(strip.Bytes + strip.Positions[i] + offset, copy.Length).CopyTo(to[(i * column.BytesPerRow)..]);
        }

        return count;
    }
}
