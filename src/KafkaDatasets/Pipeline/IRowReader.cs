using KafkaDatasets.Rows;

namespace KafkaDatasets.Pipeline;

/// <summary>The rows of a pass in its order, block by block.</summary>
internal interface IRowReader
{
    /// <summary>The next block, the caller's until <see cref="Return"/>; null at the end.</summary>
    ValueTask<RowBlock?> ReadAsync();

    /// <summary>An empty block that is the caller's until <see cref="Return"/>.</summary>
    RowBlock Rent();

    void Return(RowBlock block);
}
