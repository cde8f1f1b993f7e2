using KafkaDatasets.Benchmarks.Measuring;
using Microsoft.ML;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>One of ML.NET's own loaders.</summary>
internal sealed class FileViewReader(ContenderTask task, Func<MLContext, string, IDataView> load) : IContender
{
    private readonly IDataView _view = load(new MLContext(seed: 1), task.Folder);

    public Task RunAsync(Pass pass, CancellationToken cancellationToken)
    {
        CursorPass.Run(_view, [], pass, cancellationToken);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
