using Confluent.SchemaRegistry;
using KafkaDatasets.Benchmarks.Measuring;
using Microsoft.ML;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>The library's <see cref="IDataView"/>.</summary>
internal sealed class ViewReader : IContender
{
    private readonly CachedSchemaRegistryClient _registry;
    private readonly KafkaDataset _dataset;
    private readonly IDataView _view;

    private ViewReader(CachedSchemaRegistryClient registry, KafkaDataset dataset)
    {
        _registry = registry;
        _dataset = dataset;
        _view = dataset.ToDataView(new MLContext(seed: 1));
    }

    public static async Task<ViewReader> OpenAsync(ContenderTask task, FetchEngine engine)
    {
        var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = task.SchemaRegistryUrl });
        return new ViewReader(registry, await KafkaDataset.OpenAsync(task.Topic, DatasetOptions.For(task, engine, registry)));
    }

    public Task RunAsync(Pass pass, CancellationToken cancellationToken)
    {
        CursorPass.Run(_view, pass, cancellationToken);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _dataset.DisposeAsync();
        _registry.Dispose();
    }
}
