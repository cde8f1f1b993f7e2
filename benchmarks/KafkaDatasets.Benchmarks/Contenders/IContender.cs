using KafkaDatasets.Benchmarks.Measuring;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>One way to read a topic or a file, or to write a topic.</summary>
internal interface IContender : IAsyncDisposable
{
    /// <summary>Reads or writes all the task's rows once.</summary>
    /// <param name="pass">Told of every row or batch.</param>
    /// <param name="cancellationToken">Ends the pass.</param>
    Task RunAsync(Pass pass, CancellationToken cancellationToken);
}
