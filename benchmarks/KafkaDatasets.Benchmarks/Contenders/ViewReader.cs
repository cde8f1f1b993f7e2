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
    private readonly IReadOnlyList<string> _columns;

    private ViewReader(CachedSchemaRegistryClient registry, KafkaDataset dataset, IReadOnlyList<string> columns)
    {
        _registry = registry;
        _dataset = dataset;
        _columns = columns;
        _view = dataset.ToDataView(new MLContext(seed: 1));
    }

    public static async Task<ViewReader> OpenAsync(ContenderTask task, FetchEngine engine)
    {
        var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = task.SchemaRegistryUrl });
        return new ViewReader(registry, await KafkaDataset.OpenAsync(task.Topic, DatasetOptions.For(task, engine, registry)), task.Columns);
    }

    public Task RunAsync(Pass pass, CancellationToken cancellationToken)
    {
        CursorPass.Run(_view, _columns, pass, cancellationToken);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _dataset.DisposeAsync();
        _registry.Dispose();
    }
}
