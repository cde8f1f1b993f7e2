using KafkaDatasets.Fetching;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Pipeline;

/// <summary>Tracks how far the records of one segment have been taken.</summary>
internal sealed class SegmentHead(ReadSegment segment)
{
    private bool _hasMore;

    public ReadSegment Segment => segment;

    /// <summary>The position: every record below it has been taken.</summary>
    public long Position { get; private set; } = segment.Start;

    /// <summary>Whether every record of the segment has been taken.</summary>
    public bool IsAtEnd => Position >= segment.End;

    public RecordChunk? Chunk { get; private set; }

    /// <summary>Whether there are records in memory that have not been taken: those of the chunk, or of a batch that was opened.</summary>
    public bool IsOpen => Chunk is not null || (_hasMore && !IsAtEnd);

    /// <summary>The number of the chunk's remaining records.</summary>
    public int Left => Chunk!.Count - Next;

    /// <summary>The index of the next record in <see cref="Chunk"/>.</summary>
    public int Next { get; set; }

    /// <summary>The offset of the last record taken.</summary>
    public long LastTaken => Chunk!.Entries[Next - 1].Offset;

    /// <summary>Takes ownership of the segment's next chunk, or notes its end.</summary>
    public void Take(RecordChunk? chunk)
    {
        Chunk = chunk;
        Next = 0;
        _hasMore = chunk is { HasMore: true };
        if (chunk is null)
        {
            Position = segment.End;
        }
    }

    /// <summary>The number of the chunk's remaining records below an offset.</summary>
    public int CountBefore(long end)
    {
        ReadOnlySpan<RecordEntry> entries = Chunk!.Entries.AsSpan(Next, Chunk.Count - Next);
        if (entries.IsEmpty || entries[^1].Offset < end)
        {
            return entries.Length;
        }

        int low = 0;
        int high = entries.Length - 1;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (entries[middle].Offset < end)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>Once all records below an offset have been taken, releases a chunk that is used up, and moves the position.</summary>
    public void Advance(long end)
    {
        if (Next == Chunk!.Count)
        {
            Position = Chunk.NextOffset;
            Chunk.Release();
            Chunk = null;
        }
        else
        {
            Position = Math.Max(Position, end);
        }
    }
}
