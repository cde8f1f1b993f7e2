namespace SusyDemo.Network;

/// <summary>Rows that can be read any number of times, each time the same in the same order.</summary>
internal interface IBatchSource
{
    /// <summary>The names of the features, in the order in which batches hold them.</summary>
    IReadOnlyList<string> Features { get; }

    /// <summary>What the rows are, so that training can go on with the same ones in another process.</summary>
    string Snapshot { get; }

    /// <summary>One pass over the rows.</summary>
    /// <param name="batchSize">The rows of each batch; the last one may have fewer.</param>
    /// <param name="epoch">The order; null: that of the log.</param>
    /// <param name="cancellationToken">Ends the pass.</param>
    IAsyncEnumerable<IRowBatch> ReadBatchesAsync(int batchSize, Epoch? epoch, CancellationToken cancellationToken);
}
