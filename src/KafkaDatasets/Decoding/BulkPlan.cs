using System.Buffers.Binary;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>The fast path: decodes many ordinary records in one call.</summary>
/// <remarks>Any other record is left to the <see cref="PartPlan"/>, which reads it or reports what is wrong with it.</remarks>
internal abstract class BulkPlan(PartLayout layout)
{
    private const int MagicAndId = 1 + sizeof(int);

    /// <summary>The number of records per strip, chosen so that their bytes and rows stay in the L1 cache.</summary>
    private const int StripRecords = 64;

    private readonly BinaryLabels _binaryLabels = layout.BinaryLabels;

    /// <summary>Decodes records up to the first one that needs the slow path.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="next">The index of the first record.</param>
    /// <param name="end">The index of the record to stop before.</param>
    /// <param name="block">The block, with room for the rows.</param>
    /// <param name="schemaId">The schema id that must precede each value, or null when values are not framed.</param>
    /// <returns>The index of the first record that was not decoded.</returns>
    public int Decode(RecordChunk chunk, int next, int end, RowBlock block, int? schemaId)
    {
        while (next < end)
        {
            int wanted = Math.Min(end - next, StripRecords);
            ReadOnlySpan<RecordEntry> strip = chunk.Entries.AsSpan(next, wanted);
            int count = schemaId is { } id ? CountFramed(chunk.Bytes, strip, id) : CountBare(strip);
            count = Fill(chunk.Bytes, strip[..count], schemaId is null ? 0 : MagicAndId, block);
            count = _binaryLabels.CountGood(block, count);
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
    /// <param name="strip">The records; none has headers, and each has this framing before its value.</param>
    /// <param name="framing">The bytes of the framing.</param>
    /// <param name="block">The block, with room for the rows.</param>
    /// <returns>The number of rows written; the base class checks the binary labels and counts the rows.</returns>
    protected abstract int Fill(byte[] bytes, ReadOnlySpan<RecordEntry> strip, int framing, RowBlock block);

    private static int CountBare(ReadOnlySpan<RecordEntry> strip)
    {
        int count = 0;
        while (count < strip.Length && strip[count].HeaderCount == 0)
        {
            count++;
        }

        return count;
    }

    private static int CountFramed(ReadOnlySpan<byte> bytes, ReadOnlySpan<RecordEntry> strip, int schemaId)
    {
        int count = 0;
        while (count < strip.Length)
        {
            ref readonly RecordEntry entry = ref strip[count];
            if (entry.HeaderCount != 0 || entry.ValueLength < MagicAndId)
            {
                break;
            }

            ReadOnlySpan<byte> frame = bytes.Slice(entry.ValueStart, MagicAndId);
            if (frame[0] != 0 || BinaryPrimitives.ReadInt32BigEndian(frame[1..]) != schemaId)
            {
                break;
            }

            count++;
        }

        return count;
    }
}
