using CsCheck;
using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>Random ranges, stripes, memory, workers and batches: both engines give the same rows in the same order, those of the witness.</summary>
public sealed class RandomReadsTests(FetchBrokers brokers, SharedKafka shared)
{
    /// <summary>The number of cases on each broker; more by the environment.</summary>
    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("KAFKADATASETS_FETCH_CASES"), out int cases) ? cases : 10;

    private static readonly Gen<(int Topic, int[] Cuts, int Stripe, long Prefetch, int Workers, int Batch)> Reads = Gen.Select(
        Gen.Int[0, 2],
        Gen.OneOf(Gen.Int[0, 1000], Gen.Const(0), Gen.Const(1000)).Array[28],
        Gen.OneOf(Gen.Const(DatasetSnapshot.DefaultStripeLength), Gen.Int[1, 100], Gen.Int[1, 5000]),
        Gen.OneOf(Gen.Const(KafkaDatasetOptions.MinPrefetchBytes), Gen.Long[1 << 20, 16 << 20]),
        Gen.Int[1, 4],
        Gen.OneOf(Gen.Int[1, 20], Gen.Int[20, 3000]));

    [Theory]
    [InlineData(FetchBrokers.Current)]
    [InlineData(FetchBrokers.Old)]
    public async Task Engines_give_the_same_rows_in_the_same_order(string broker)
    {
        GeneratedLogs logs = await brokers.LogsAsync(broker, shared);
        await Reads.SampleAsync(read => CheckAsync(logs.Topics[read.Topic], read.Cuts, read.Stripe, read.Prefetch, read.Workers, read.Batch), iter: Cases, threads: 1);
    }

    private static async Task CheckAsync(LogTopic topic, int[] cuts, int stripe, long prefetch, int workers, int batch)
    {
        CancellationToken cancelled = TestContext.Current.CancellationToken;
        DatasetSnapshot snapshot = await topic.CutAsync(cuts, stripe);
        List<LogRow> expected = LogRow.Of(await topic.CommittedAsync(snapshot), snapshot);
        double sum = expected.Sum(r => (double)r.Number);
        foreach (FetchEngine engine in new[] { FetchEngine.Direct, FetchEngine.Consumer })
        {
            await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic.Name, topic.Options(engine, TopicRange.Snapshot(snapshot), prefetch, workers), cancelled);
            List<LogRow> rows = await LogRow.ReadAsync(dataset, batch, cancelled);
            Assert.Equal(sum, rows.Sum(r => (double)r.Number));
            Assert.Equal(expected, rows);
        }
    }
}
