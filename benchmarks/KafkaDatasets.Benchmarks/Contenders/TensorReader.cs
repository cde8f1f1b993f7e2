using Confluent.SchemaRegistry;
using KafkaDatasets.Benchmarks.Measuring;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>The library's tensor batches.</summary>
internal sealed class TensorReader : IContender
{
    private readonly CachedSchemaRegistryClient _registry;
    private readonly KafkaDataset _dataset;
    private readonly bool _isShuffled;
    private int _epoch;

    private TensorReader(CachedSchemaRegistryClient registry, KafkaDataset dataset, bool isShuffled)
    {
        _registry = registry;
        _dataset = dataset;
        _isShuffled = isShuffled;
    }

    /// <summary>Where <see cref="OpenStoppedAsync"/> finds the snapshot, since it cannot ask the broker.</summary>
    public static string SnapshotFile(string folder) => Path.Combine(folder, "snapshot.json");

    /// <summary>Opens the cache that another contender filled, when the broker is stopped.</summary>
    public static async Task<TensorReader> OpenStoppedAsync(ContenderTask task)
    {
        var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = task.SchemaRegistryUrl });
        KafkaDatasetOptions options = DatasetOptions.For(task, FetchEngine.Direct, registry) with
        {
            Range = TopicRange.Snapshot(DatasetSnapshot.Parse(await File.ReadAllTextAsync(SnapshotFile(task.Folder)))),
            Cache = CacheOf(task),
        };
        return new TensorReader(registry, await KafkaDataset.OpenAsync(task.Topic, options), isShuffled: false);
    }

    public static async Task<TensorReader> OpenAsync(ContenderTask task, FetchEngine engine, bool isShuffled = false, bool isCached = false)
    {
        var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = task.SchemaRegistryUrl });
        KafkaDatasetOptions options = DatasetOptions.For(task, engine, registry);
        options = isCached ? options with { Cache = CacheOf(task) } : options; // the first pass, which warms up, fills it
        return new TensorReader(registry, await KafkaDataset.OpenAsync(task.Topic, options), isShuffled);
    }

    public Task RunAsync(Pass pass, CancellationToken cancellationToken) => ReadAsync(_dataset, _isShuffled ? Shuffle.Seeded(1, _epoch++) : null, pass, cancellationToken);

    /// <summary>Reads every batch of a dataset once.</summary>
    public static async Task ReadAsync(KafkaDataset dataset, Shuffle? shuffle, Pass pass, CancellationToken cancellationToken)
    {
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 1000, Shuffle = shuffle }, cancellationToken))
        {
            using (batch)
            {
                pass.Add(batch.Rows);
                if (pass.AddsUp)
                {
                    pass.AddToSum(SumOfFirst(batch));
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _dataset.DisposeAsync();
        _registry.Dispose();
    }

    private static DatasetCache CacheOf(ContenderTask task) => DatasetCache.Directory(Path.Combine(task.Folder, "cache"), limitBytes: 16L << 30);

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
