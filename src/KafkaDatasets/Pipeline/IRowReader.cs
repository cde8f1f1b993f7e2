using KafkaDatasets.Rows;

namespace KafkaDatasets.Pipeline;

/// <summary>Reads the rows of a pass in its order, block by block.</summary>
internal interface IRowReader
{
    /// <summary>Reads the next block, which the caller owns until <see cref="Return"/>; returns null at the end.</summary>
    ValueTask<RowBlock?> ReadAsync();

    /// <summary>Rents an empty block that the caller owns until <see cref="Return"/>.</summary>
    RowBlock Rent();

    void Return(RowBlock block);
}
