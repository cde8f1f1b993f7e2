using KafkaDatasets.Pipeline;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Scoring;

/// <summary>Passes one block after another to a cursor, which thus goes through all batches of a scorer.</summary>
internal sealed class BlockFeed : IRowReader
{
    private RowBlock? _next;

    /// <summary>Sets the block that the cursor's next move enters; it has rows.</summary>
    public void Set(RowBlock block) => _next = block;

    public ValueTask<RowBlock?> ReadAsync() => new(Interlocked.Exchange(ref _next, null));

    public RowBlock Rent() => throw new NotSupportedException();

    public void Return(RowBlock block)
    {
        // The batch owns the block.
    }
}
