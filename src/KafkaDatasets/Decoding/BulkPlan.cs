using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>The fast path: decodes many ordinary records in one call.</summary>
/// <remarks>Any other record is left to the <see cref="PartPlan"/>, which reads it or reports what is wrong with it.</remarks>
internal abstract class BulkPlan(PartLayout layout)
{
    /// <summary>The number of records per strip, chosen so that their bytes and rows stay in the L1 cache.</summary>
    internal const int StripRecords = 64;

    private readonly BinaryLabels _binaryLabels = layout.BinaryLabels;

    /// <summary>Whether it also reads parts whose frame is in a header.</summary>
    public virtual bool CanFollowHeader => true;

    /// <summary>Decodes records up to the first one that needs the slow path.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="next">The index of the first record.</param>
    /// <param name="end">The index of the record to stop before.</param>
    /// <param name="block">The block, with room for the rows.</param>
    /// <param name="frame">How each value must be framed.</param>
    /// <returns>The index of the first record that was not decoded.</returns>
    public int Decode(RecordChunk chunk, int next, int end, RowBlock block, BulkFrame frame)
    {
        while (next < end)
        {
            int wanted = Math.Min(end - next, StripRecords);
            int count = Fill(chunk, chunk.Entries.AsSpan(next, wanted), block, frame);
            block.CompleteRows(chunk, next, count);
            next += count;
            if (count < wanted)
            {
                break;
            }
        }

        return next;
    }

    /// <summary>Decodes the keys and the values of records up to the first one that needs the slow path.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="next">The index of the first record.</param>
    /// <param name="end">The index of the record to stop before.</param>
    /// <param name="block">The block, with room for the rows.</param>
    /// <param name="key">The fast path of the keys, and how each must be framed.</param>
    /// <param name="value">The fast path of the values, and how each must be framed.</param>
    /// <returns>The index of the first record that was not decoded.</returns>
    public static int Decode(RecordChunk chunk, int next, int end, RowBlock block, (BulkPlan Plan, BulkFrame Frame) key, (BulkPlan Plan, BulkFrame Frame) value)
    {
        Span<RecordEntry> keys = stackalloc RecordEntry[StripRecords];
        while (next < end)
        {
            int wanted = Math.Min(end - next, StripRecords);
            ReadOnlySpan<RecordEntry> strip = chunk.Entries.AsSpan(next, wanted);
            int count = 0;
            while (count < wanted && strip[count].KeyLength >= 0)
            {
                keys[count] = strip[count];
                keys[count].ValueStart = strip[count].KeyStart;
                keys[count].ValueLength = strip[count].KeyLength;
                count++;
            }

            count = key.Plan.Fill(chunk, keys[..count], block, key.Frame);
            count = value.Plan.Fill(chunk, strip[..count], block, value.Frame);
            block.CompleteRows(chunk, next, count);
            next += count;
            if (count < wanted)
            {
                break;
            }
        }

        return next;
    }

    /// <summary>Writes records to the block's next rows, up to the first one that needs the slow path.</summary>
    /// <param name="bytes">The bytes of the chunk.</param>
    /// <param name="strip">The records; each has this framing before its value.</param>
    /// <param name="framing">The bytes of the framing.</param>
    /// <param name="block">The block, with room for the rows.</param>
    /// <returns>The number of rows written; the base class checks the binary labels and counts the rows.</returns>
    protected internal abstract int Fill(byte[] bytes, ReadOnlySpan<RecordEntry> strip, int framing, RowBlock block);

    private int Fill(RecordChunk chunk, ReadOnlySpan<RecordEntry> strip, RowBlock block, BulkFrame frame)
    {
        int count = frame.Count(chunk, strip);
        count = Fill(chunk.Bytes, strip[..count], frame.Bytes, block);
        return _binaryLabels.CountGood(block, count);
    }
}
