using Confluent.SchemaRegistry;

namespace KafkaDatasets.Benchmarks.Readers;

/// <summary>The library's tensor batches.</summary>
internal sealed class TensorReader : IReader
{
    private readonly CachedSchemaRegistryClient _registry;
    private readonly KafkaDataset _dataset;

    private TensorReader(CachedSchemaRegistryClient registry, KafkaDataset dataset)
    {
        _registry = registry;
        _dataset = dataset;
    }

    public static async Task<TensorReader> OpenAsync(ReadTask task, FetchEngine engine)
    {
        var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = task.SchemaRegistryUrl });
        return new TensorReader(registry, await KafkaDataset.OpenAsync(task.Topic, DatasetOptions.For(task, registry, engine)));
    }

    public async Task<(long Rows, double Sum)> ReadAsync(bool addsUp, CancellationToken cancellationToken)
    {
        long rows = 0;
        double sum = 0;
        await foreach (TensorBatch batch in _dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 1000 }, cancellationToken))
        {
            using (batch)
            {
                rows += batch.Rows;
                sum += addsUp ? SumOfFirst(batch) : 0;
            }
        }

        return (rows, sum);
    }

    public async ValueTask DisposeAsync()
    {
        await _dataset.DisposeAsync();
        _registry.Dispose();
    }

    private static double SumOfFirst(TensorBatch batch)
    {
        double sum = 0;
        for (nint row = 0; row < batch.Rows; row++)
        {
            sum += batch.Features[row, 0];
        }

        return sum;
    }
}
