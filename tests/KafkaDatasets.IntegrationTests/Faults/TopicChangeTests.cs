using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Fetching;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>What administrators and retention do to a topic that is being read.</summary>
[Collection(ThreeNodes.Name)]
public sealed class TopicChangeTests(ThreeNodes nodes, SharedKafka shared)
{
    private const int Rows = 12_000;
    private const int Partitions = 3;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task Partitions_moved_to_other_nodes()
    {
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows);
        int[] before = [.. Enumerable.Range(0, Partitions).Select(p => ThreeNodes.LeaderOf(kafka, topic.Name, p).Id)];
        int[] after = [.. before.Select(id => (id % cluster.Nodes.Count) + 1)];
        string folder = Directory.CreateTempSubdirectory("kafkadatasets-").FullName;
        string plan = Path.Combine(folder, "plan.json");
        await File.WriteAllTextAsync(plan, $$"""{"version":1,"partitions":[{{string.Join(',', after.Select((id, p) => $$"""{"topic":"{{topic}}","partition":{{p}},"replicas":[{{id}}]}"""))}}]}""", Cancelled);
        Outcome[] outcomes = await new FaultyRead
        {
            Fault = async () =>
            {
                await JavaProcess.RunAsync(
                    [.. cluster.Home.JavaArguments("org.apache.kafka.tools.reassign.ReassignPartitionsCommand", folder), "--bootstrap-server", cluster.BootstrapServers, "--reassignment-json-file", plan, "--execute"],
                    Cancelled);
                await Until.TrueAsync(
                    () => Task.FromResult(Enumerable.Range(0, Partitions).All(p => ThreeNodes.LeaderOf(kafka, topic.Name, p).Id == after[p])), TimeSpan.FromSeconds(60), () => "the partitions have not moved", Cancelled);
            },
        }.RunAsync(topic);
        Directory.Delete(folder, recursive: true);
        Assert.All(outcomes, o => o.IsExact(topic));
    }

    [Fact(Timeout = 300_000)]
    public async Task Partitions_added_and_rows_written()
    {
        (_, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows);
        Outcome[] outcomes = await new FaultyRead
        {
            Fault = async () =>
            {
                await kafka.Admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = topic.Name, IncreaseTo = Partitions + 2 }]);
                await Until.TrueAsync(() => Task.FromResult(ThreeNodes.Led(kafka, topic.Name).Count() == Partitions + 2), TimeSpan.FromSeconds(30), () => "there are no new partitions", Cancelled);
                await topic.AppendAsync(Enumerable.Range(Rows, 1000).Select(i => (i % (Partitions + 2), i)));
            },
        }.RunAsync(topic);
        Assert.All(outcomes, o => Assert.Equal(Rows, o.Rows.Count));
        Assert.All(outcomes, o => o.IsExact(topic));
    }

    [Theory(Timeout = 300_000)]
    [InlineData(DataLossPolicy.Throw)]
    [InlineData(DataLossPolicy.Skip)]
    public async Task Records_deleted_past_the_position(DataLossPolicy policy)
    {
        const long before = 3900;
        (_, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows);
        using var lost = new LostOffsets(topic.Name);
        Outcome[] outcomes = await new FaultyRead
        {
            OnDataLoss = policy,
            Fault = async () =>
            {
                for (int partition = 0; partition < Partitions; partition++)
                {
                    await kafka.DeleteRecordsAsync(topic.Name, partition, before);
                }
            },
        }.RunAsync(topic);
        if (policy == DataLossPolicy.Throw)
        {
            Assert.All(outcomes, o => IsLoss(o, topic));
            Assert.Equal(0, lost.Count);
            return;
        }

        long missing = 0;
        foreach (Outcome outcome in outcomes)
        {
            // of each partition what was fetched before, and what is left
            var fetched = outcome.Rows.Where(r => r.Offset < before).GroupBy(r => r.Partition).ToDictionary(g => g.Key, g => g.Max(r => r.Offset) + 1);
            outcome.IsExact(topic, r => r.Offset >= before || (fetched.TryGetValue(r.Partition, out long end) && r.Offset < end));
            Assert.True(fetched.Values.Sum() < before * Partitions, $"{outcome} lost nothing");
            missing += (before * Partitions) - fetched.Values.Sum();
        }

        Assert.Equal(missing, lost.Count);
    }

    [Fact(Timeout = 300_000)]
    public async Task Retention_past_the_position()
    {
        (_, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows, config: new Dictionary<string, string> { ["segment.bytes"] = "1048576" });
        Outcome[] outcomes = await new FaultyRead { Fault = () => ShrinkAsync(kafka, topic, "retention.bytes", "1") }.RunAsync(topic);
        Assert.All(outcomes, o => IsLoss(o, topic));
    }

    [Fact(Timeout = 300_000)]
    public async Task Snapshot_opened_after_its_start_is_gone()
    {
        const long before = 1000;
        (_, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows);
        DatasetSnapshot snapshot = (await new FaultyRead().RunAsync(topic))[0].Snapshot!;
        await kafka.DeleteRecordsAsync(topic.Name, 1, before);
        var range = TopicRange.Snapshot(DatasetSnapshot.Parse(snapshot.ToJson()));

        Outcome[] outcomes = await new FaultyRead { AfterRows = -1, Range = range }.RunAsync(topic);
        Assert.All(outcomes, o =>
        {
            DataLossException e = o.Failed<DataLossException>(topic, 20);
            Assert.Equal((1, 0), (e.Partition, e.Offset));
            Assert.Empty(o.Rows);
        });

        using var lost = new LostOffsets(topic.Name);
        outcomes = await new FaultyRead { AfterRows = -1, Range = range, OnDataLoss = DataLossPolicy.Skip }.RunAsync(topic);
        Assert.All(outcomes, o => o.IsExact(topic, r => r.Partition != 1 || r.Offset >= before));
        Assert.Equal(outcomes.Length * before, lost.Count);
    }

    /// <summary>Every second number is written once more: the first of each pair does not survive.</summary>
    [Fact(Timeout = 300_000)]
    public async Task Compaction_while_it_is_read()
    {
        const int keys = 2000;
        (_, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, 0, partitions: 1, config: new Dictionary<string, string>
        {
            ["cleanup.policy"] = "compact",
            ["segment.bytes"] = "1048576",
            ["min.cleanable.dirty.ratio"] = "0.9999",
        });
        await topic.AppendAsync(Enumerable.Range(0, Rows).Select(i => (0, i)), number => BitConverter.GetBytes(number % keys));
        long[] Survivors() => [.. kafka.Consume(topic.Name).Select(r => r.Offset.Value)];
        Outcome[] outcomes = await new FaultyRead
        {
            Fault = async () =>
            {
                await SetAsync(kafka, topic, "min.cleanable.dirty.ratio", "0.0001");
                await Until.TrueAsync(() => Task.FromResult(Survivors().Length < Rows / 2), TimeSpan.FromSeconds(60), () => $"{Survivors().Length} of {Rows} records survive: the log is not compacted", Cancelled);
            },
        }.RunAsync(topic);
        long[] survivors = Survivors(); // of all rounds of compaction: another one may have begun while the rest was read
        Assert.All(outcomes, o =>
        {
            HashSet<long> read = [.. o.Rows.Select(r => r.Offset)];
            o.IsExact(topic, r => read.Contains(r.Offset)); // rows that were written, in order, each once
            Assert.Empty(survivors.Except(read));
            Assert.InRange(read.Count, survivors.Length, Rows - 1);
        });
    }

    [Fact(Timeout = 300_000)]
    public async Task Topic_deleted()
    {
        (_, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows);
        Outcome[] outcomes = await new FaultyRead { Fault = () => kafka.DeleteTopicAsync(topic.Name) }.RunAsync(topic);
        Assert.All(outcomes, o => IsLoss(o, topic));
    }

    [Fact(Timeout = 300_000)]
    public async Task Topic_deleted_and_made_anew()
    {
        (_, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows);
        Outcome[] outcomes = await new FaultyRead
        {
            Fault = async () =>
            {
                await kafka.DeleteTopicAsync(topic.Name);
                await Until.TrueAsync(
                    () => Task.FromResult(kafka.Admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.TrueForAll(t => t.Topic != topic.Name)), TimeSpan.FromSeconds(30), () => $"topic {topic} is not deleted", Cancelled);
                await FaultTopic.WriteAsync(kafka, Rows * 2, name: topic.Name);
            },
        }.RunAsync(topic);
        Assert.All(outcomes, o => IsLoss(o, topic));
    }

    [Fact(Timeout = 300_000)]
    public async Task Snapshot_of_another_cluster()
    {
        (_, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows);
        DatasetSnapshot snapshot = (await new FaultyRead().RunAsync(topic))[0].Snapshot!;
        KafkaDriver other = await shared.KafkaAsync();
        await FaultTopic.WriteAsync(other, Rows, name: topic.Name);
        Outcome[] outcomes = await new FaultyRead { AfterRows = -1, Range = TopicRange.Snapshot(snapshot), Servers = other.BootstrapServers, OnDataLoss = DataLossPolicy.Skip }.RunAsync(topic);
        Assert.All(outcomes, o =>
        {
            o.Failed<DataLossException>(topic, 20);
            Assert.Empty(o.Rows);
        });
    }

    /// <summary>The loss is told where the next row should have been.</summary>
    private static void IsLoss(Outcome outcome, FaultTopic topic)
    {
        DataLossException e = outcome.Failed<DataLossException>(topic, 30);
        Assert.InRange(outcome.Rows.Count, 1, Rows - 1);
        Assert.InRange(e.Partition!.Value, 0, Partitions - 1);
        Assert.InRange(e.Offset!.Value, outcome.Rows.Where(r => r.Partition == e.Partition).Max(r => (long?)r.Offset) + 1 ?? 0, Rows / Partitions);
    }

    /// <summary>Sets something that lets the log's start move, and waits until it has in every partition.</summary>
    private static async Task ShrinkAsync(KafkaDriver kafka, FaultTopic topic, string name, string value)
    {
        await SetAsync(kafka, topic, name, value);
        await Until.TrueAsync(
            async () =>
            {
                kafka.Admin.GetMetadata(topic.Name, TimeSpan.FromSeconds(20)); // or the client goes by what a broker that did not know of the topic yet may have said
                ListOffsetsResult starts = await kafka.Admin.ListOffsetsAsync(
                    Enumerable.Range(0, Partitions).Select(p => new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(topic.Name, p), OffsetSpec = OffsetSpec.Earliest() }));
                return starts.ResultInfos.TrueForAll(r => r.TopicPartitionOffsetError.Offset > 2500);
            },
            TimeSpan.FromSeconds(60),
            () => "retention removed nothing",
            Cancelled);
    }

    private static Task SetAsync(KafkaDriver kafka, FaultTopic topic, string name, string value) => kafka.Admin.IncrementalAlterConfigsAsync(new Dictionary<ConfigResource, List<ConfigEntry>>
    {
        [new ConfigResource { Name = topic.Name, Type = ResourceType.Topic }] = [new ConfigEntry { Name = name, Value = value, IncrementalOperation = AlterConfigOpType.Set }],
    });
}
