namespace SusyDemo.Network;

/// <summary>Rows that can be read any number of times, each time the same in the same order.</summary>
internal interface IBatchSource
{
    /// <summary>The names of the features, in the order in which batches hold them.</summary>
    IReadOnlyList<string> Features { get; }

    /// <summary>One pass over the rows.</summary>
    IAsyncEnumerable<IRowBatch> ReadBatchesAsync(int batchSize, CancellationToken cancellationToken);
}
