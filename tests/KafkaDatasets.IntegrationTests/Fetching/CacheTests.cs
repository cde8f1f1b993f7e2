using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>Logs with transactions, compaction and deleted records through a cache: the same batches as without, from brokers and without them.</summary>
public sealed class CacheTests : IDisposable
{
    private static readonly Shuffle?[] Orders = [null, Shuffle.Seeded(42, 3)];

    private readonly string _directory = Directory.CreateTempSubdirectory("kafka-cache").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Cached_batches_are_those_of_the_brokers_and_outlive_them()
    {
        using KafkaCluster cluster = await KafkaCluster.StartAsync(SharedKafka.Home(), cancellationToken: Cancelled);
        GeneratedLogs logs = await GeneratedLogs.WriteAsync(new KafkaDriver(cluster.BootstrapServers) { Cluster = cluster }, Cancelled);
        var expected = new List<(LogTopic Topic, DatasetSnapshot Snapshot, Shuffle? Order, string[] Batches)>();
        foreach (LogTopic topic in logs.Topics)
        {
            DatasetSnapshot snapshot = await topic.CutAsync([.. Enumerable.Range(0, 2 * topic.Partitions).Select(i => i % 2 * 1000)], DatasetSnapshot.DefaultStripeLength);
            foreach (Shuffle? order in Orders)
            {
                expected.Add((topic, snapshot, order, await ReadAsync(topic, snapshot, order, 64 << 20, isCached: false)));
            }
        }

        // Cold, by two passes at once; warm; and with little memory, so that slices are cut elsewhere.
        foreach ((LogTopic topic, DatasetSnapshot snapshot, Shuffle? order, string[] batches) in expected)
        {
            Assert.All(
                await Task.WhenAll(Enumerable.Range(0, 2).Select(i => ReadAsync(topic, snapshot, order, i == 0 ? 64 << 20 : 2 << 20, isCached: true))),
                cold => Assert.Equal(batches, cold));
            Assert.Equal(batches, await ReadAsync(topic, snapshot, order, 2 << 20, isCached: true));
        }

        cluster.Nodes[0].Kill();
        foreach ((LogTopic topic, DatasetSnapshot snapshot, Shuffle? order, string[] batches) in expected)
        {
            Assert.Equal(batches, await ReadAsync(topic, snapshot, order, 8 << 20, isCached: true));
        }
    }

    /// <summary>The batches, as text.</summary>
    private async Task<string[]> ReadAsync(LogTopic topic, DatasetSnapshot snapshot, Shuffle? order, long bytes, bool isCached)
    {
        var batches = new List<string>();
        KafkaDatasetOptions options = topic.Options(FetchEngine.Direct, TopicRange.Snapshot(snapshot), bytes) with
        {
            Cache = isCached ? DatasetCache.Directory(_directory, 1L << 30) : null,
        };
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic.Name, options, Cancelled);
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 97, Shuffle = order }, Cancelled))
        {
            using (batch)
            {
                float[] numbers = new float[batch.Rows * dataset.Features.Count];
                batch.Features.FlattenTo(numbers);
                batches.Add($"{string.Join(' ', batch.Partitions.ToArray())}: {string.Join(' ', batch.Offsets.ToArray())}: {string.Join(' ', numbers)}");
            }
        }

        Assert.NotEmpty(batches);
        return [.. batches];
    }
}
