using Confluent.Kafka;
using KafkaDatasets.Fetching;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.Ranges;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>Batches of a few kilobytes that become many megabytes: they are rows, or the setting that is too small is named; never are they skipped as if they were damaged.</summary>
public sealed class LargeBatchTests(SharedKafka shared)
{
    private const int Records = 600;
    private const int RecordBytes = 100_000;

    public static MatrixTheoryData<FetchEngine, CompressionType> All { get; } =
        new([FetchEngine.Direct, FetchEngine.Consumer], [CompressionType.Zstd, CompressionType.Lz4, CompressionType.Gzip, CompressionType.Snappy, CompressionType.None]);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_batch_that_becomes_57_MiB_is_read(FetchEngine engine, CompressionType compression)
    {
        (KafkaDriver kafka, string topic) = await FillAsync(compression, compression == CompressionType.None ? 300 : Records);
        await using IFetchEngine fetch = RecordSources.Create(engine, kafka, DataLossPolicy.Skip);
        DatasetSnapshot snapshot = await RangeResolver.ResolveAsync(fetch, topic, TopicRange.All, DataLossPolicy.Throw, Cancelled);
        using var lost = new LostOffsets(topic);
        List<LogRecord> records = await RecordSources.ReadAsync(fetch, snapshot, 8 << 20, Cancelled);
        Assert.Equal(snapshot.Length, records.Count);
        Assert.Equal(Enumerable.Range(0, records.Count).Select(i => (long)i), records.Select(r => r.Offset));
        Assert.Equal(0, lost.Count);
    }

    [Theory]
    [InlineData(FetchEngine.Direct, DataLossPolicy.Throw)]
    [InlineData(FetchEngine.Direct, DataLossPolicy.Skip)]
    [InlineData(FetchEngine.Consumer, DataLossPolicy.Throw)]
    [InlineData(FetchEngine.Consumer, DataLossPolicy.Skip)]
    public async Task The_setting_that_is_too_small_is_named(FetchEngine engine, DataLossPolicy policy)
    {
        (KafkaDriver kafka, string topic) = await FillAsync(CompressionType.Zstd, Records);
        var config = new Dictionary<string, string>(kafka.ClientConfig) { ["fetch.max.bytes"] = "1000000", ["receive.message.max.bytes"] = "1100000" };
        await using IFetchEngine fetch = RecordSources.Create(engine, kafka.BootstrapServers, config, policy);
        DatasetSnapshot snapshot = await RangeResolver.ResolveAsync(fetch, topic, TopicRange.All, DataLossPolicy.Throw, Cancelled);
        using var lost = new LostOffsets(topic);
        RecordBatchException e = await Assert.ThrowsAsync<RecordBatchException>(() => RecordSources.ReadAsync(fetch, snapshot, 8 << 20, Cancelled));
        Assert.Contains("receive.message.max.bytes = 1100000", e.Message);
        Assert.Equal((topic, 0, 0L), (e.Topic, e.Partition, e.Offset));
        Assert.Equal(0, lost.Count);
    }

    /// <summary>The client's own zstd does not write how long its data is.</summary>
    private async Task<(KafkaDriver Kafka, string Topic)> FillAsync(CompressionType compression, int records)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(config: new Dictionary<string, string> { ["max.message.bytes"] = "90000000" });
        var config = new ProducerConfig
        {
            CompressionType = compression,
            LingerMs = 2000,
            BatchSize = 90_000_000,
            MessageMaxBytes = 90_000_000,
            BatchNumMessages = records,
            QueueBufferingMaxKbytes = 200_000,
        };
        await kafka.ProduceAsync(topic, Enumerable.Range(0, records).Select(i => (0, (byte[]?)[.. Enumerable.Repeat((byte)i, RecordBytes)])), config);
        return (kafka, topic);
    }
}
