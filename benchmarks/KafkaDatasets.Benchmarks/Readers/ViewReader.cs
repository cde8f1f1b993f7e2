using Confluent.SchemaRegistry;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Benchmarks.Readers;

/// <summary>The library's <see cref="IDataView"/>, through a cursor with the two columns that trainers read.</summary>
internal sealed class ViewReader : IReader
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

    public static async Task<ViewReader> OpenAsync(ReadTask task)
    {
        var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = task.SchemaRegistryUrl });
        return new ViewReader(registry, await KafkaDataset.OpenAsync(task.Topic, DatasetOptions.For(task, registry)));
    }

    public Task<(long Rows, double Sum)> ReadAsync(bool addsUp, CancellationToken cancellationToken) => Task.Run(() => Read(addsUp, cancellationToken), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _dataset.DisposeAsync();
        _registry.Dispose();
    }

    private (long Rows, double Sum) Read(bool addsUp, CancellationToken cancellationToken)
    {
        DataViewSchema.Column featuresColumn = _view.Schema["Features"];
        DataViewSchema.Column labelColumn = _view.Schema["Label"];
        using DataViewRowCursor cursor = _view.GetRowCursor([featuresColumn, labelColumn]);
        ValueGetter<VBuffer<float>> getFeatures = cursor.GetGetter<VBuffer<float>>(featuresColumn);
        ValueGetter<bool> getLabel = cursor.GetGetter<bool>(labelColumn);
        VBuffer<float> features = default;
        bool label = false;
        long rows = 0;
        double sum = 0;
        while (cursor.MoveNext())
        {
            getFeatures(ref features);
            getLabel(ref label);
            rows++;
            if (addsUp)
            {
                cancellationToken.ThrowIfCancellationRequested();
                sum += features.GetValues()[0];
            }
        }

        return (rows, sum);
    }
}
