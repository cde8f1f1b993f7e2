using Confluent.SchemaRegistry;
using KafkaDatasets.Benchmarks.Measuring;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>The library's tensor batches, of a dataset that is opened for each pass.</summary>
internal sealed class ReopenedReader(ContenderTask task) : IContender
{
    private readonly CachedSchemaRegistryClient _registry = new(new SchemaRegistryConfig { Url = task.SchemaRegistryUrl });

    public async Task RunAsync(Pass pass, CancellationToken cancellationToken)
    {
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(task.Topic, DatasetOptions.For(task, FetchEngine.Direct, _registry), cancellationToken);
        await TensorReader.ReadAsync(dataset, null, pass, cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _registry.Dispose();
        return ValueTask.CompletedTask;
    }
}
