using KafkaDatasets.Fetching;
using KafkaDatasets.Pipeline;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Live;

/// <summary>What reaches the reader of a live dataset: records of the head, decoded rows of a pass that catches up, a position, or news. One of them is set.</summary>
internal readonly record struct LivePiece(int Epoch)
{
    /// <summary>Records of one partition at the head of the log.</summary>
    public RecordChunk? Chunk { get; init; }

    /// <summary>Rows of a pass.</summary>
    public RowBlock? Block { get; init; }

    /// <summary>Whose the block is.</summary>
    public IRowReader? Owner { get; init; }

    /// <summary>Positions that were reached, whatever the rows: the end of a pass, or of a partition.</summary>
    public IReadOnlyList<(int Partition, long Offset)>? Reached { get; init; }

    /// <summary>Whether a pass has ended: its partitions go on at the head.</summary>
    public bool EndsPass { get; init; }

    /// <summary>What ends the read.</summary>
    public Exception? Failure { get; init; }

    /// <summary>Gives back what is in it.</summary>
    public void Drop()
    {
        Chunk?.Release();
        if (Block is not null)
        {
            Owner!.Return(Block);
        }
    }
}
