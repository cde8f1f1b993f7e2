using KafkaDatasets.Fetching;
using KafkaDatasets.Pipeline;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Live;

/// <summary>An input of a live dataset's reader: records from the head of the log, decoded rows of a catch-up pass, reached positions, or a failure. At most one of them is set.</summary>
internal readonly record struct LivePiece(int Epoch)
{
    /// <summary>Records of one partition at the head of the log.</summary>
    public RecordChunk? Chunk { get; init; }

    /// <summary>Decoded rows of a catch-up pass.</summary>
    public RowBlock? Block { get; init; }

    /// <summary>The owner of the block.</summary>
    public IRowReader? Owner { get; init; }

    /// <summary>The room of its pass that the block takes up until the reader takes it; null for other pieces.</summary>
    public SemaphoreSlim? Room { get; init; }

    /// <summary>Positions that were reached, with or without rows: the end of a pass or of a partition.</summary>
    public IReadOnlyList<(int Partition, long Offset)>? Reached { get; init; }

    /// <summary>Whether a catch-up pass has ended, so that its partitions continue at the head.</summary>
    public bool EndsPass { get; init; }

    /// <summary>The exception that ends the read.</summary>
    public Exception? Failure { get; init; }

    /// <summary>Releases the chunk or block.</summary>
    public void Drop()
    {
        Chunk?.Release();
        if (Block is not null)
        {
            Owner!.Return(Block);
        }
    }
}
