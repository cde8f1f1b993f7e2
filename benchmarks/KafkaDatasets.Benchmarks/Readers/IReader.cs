namespace KafkaDatasets.Benchmarks.Readers;

/// <summary>One way to read a topic.</summary>
internal interface IReader : IAsyncDisposable
{
    /// <summary>Reads all the task's rows once.</summary>
    /// <param name="addsUp">Whether to add up the first feature of all rows.</param>
    /// <param name="cancellationToken">Ends the pass.</param>
    /// <returns>The rows read, and the sum or 0.</returns>
    Task<(long Rows, double Sum)> ReadAsync(bool addsUp, CancellationToken cancellationToken);
}
