using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>Brokers that create topics when they are asked for, which is their default: reading creates none, and writing the one that is wanted.</summary>
public sealed class AutoCreationTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task No_read_creates_a_topic()
    {
        using KafkaCluster cluster = await KafkaCluster.StartAsync(
            SharedKafka.Home(),
            new KafkaClusterSettings { Properties = new Dictionary<string, string> { ["auto.create.topics.enable"] = "true", ["num.partitions"] = "3" } },
            Cancelled);
        using var kafka = new KafkaDriver(cluster.BootstrapServers);
        foreach (FetchEngine engine in Enum.GetValues<FetchEngine>())
        {
            foreach (string? setting in (string?[])[null, "true"]) // what the user sets for other clients of the same settings
            {
                var options = new KafkaDatasetOptions
                {
                    BootstrapServers = kafka.BootstrapServers,
                    Format = RecordFormat.Float32(1),
                    Engine = engine,
                    Timeout = TimeSpan.FromSeconds(20),
                    ClientConfig = setting is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["allow.auto.create.topics"] = setting },
                };
                string name = $"missing-{engine}-{setting}";
                await Assert.ThrowsAsync<TopicNotFoundException>(() => KafkaDataset.OpenAsync(name, options, Cancelled));
                await Assert.ThrowsAsync<TopicNotFoundException>(async () =>
                {
                    await using KafkaLiveDataset live = await KafkaLiveDataset.JoinAsync(name, options, new LiveOptions { GroupId = name }, Cancelled);
                });
            }
        }

        Assert.DoesNotContain(Topics(), name => name.StartsWith("missing", StringComparison.Ordinal));

        // The consumer engine's passes ask for the topic too: one that is deleted under them stays deleted.
        string deleted = await kafka.CreateTopicAsync();
        await kafka.ProduceAsync(deleted, [(0, new byte[4])]);
        await using (KafkaDataset dataset = await KafkaDataset.OpenAsync(deleted, new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Float32(1), Engine = FetchEngine.Consumer, Timeout = TimeSpan.FromSeconds(20) }, Cancelled))
        {
            await kafka.DeleteTopicAsync(deleted);
            await Until.TrueAsync(() => Task.FromResult(!Topics().Contains(deleted)), TimeSpan.FromSeconds(30), () => "the topic is not deleted", Cancelled);
            await Assert.ThrowsAnyAsync<KafkaDatasetException>(async () =>
            {
                await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: Cancelled))
                {
                    batch.Dispose();
                }
            });
        }

        Assert.DoesNotContain(deleted, Topics());

        // The writer's topic has the partitions that the writer wants, not those of the broker's default.
        await using (KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync("written", new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, Framing = SchemaFraming.None, Format = WriteFormat.Json, Partitions = 2 }, Cancelled))
        {
            await writer.WriteAsync(new Row(1), Cancelled);
            await writer.FlushAsync(Cancelled);
        }

        Assert.Equal(2, kafka.Admin.GetMetadata(TimeSpan.FromSeconds(20)).Topics.Single(t => t.Topic == "written").Partitions.Count);

        string[] Topics() => [.. kafka.Admin.GetMetadata(TimeSpan.FromSeconds(20)).Topics.Select(t => t.Topic)];
    }

    public sealed record Row(float X);
}
