using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Faults;
using KafkaDatasets.IntegrationTests.Fetching;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Scoring;

/// <summary>Whatever fails, a reader of committed records sees each row's score once.</summary>
[Collection(ThreeNodes.Name)]
public sealed class ExactlyOnceTests(ThreeNodes nodes)
{
    /// <summary>Too few for any score, and enough for the markers of transactions, which brokers refuse too when they are larger: such a transaction could never be aborted.</summary>
    private const string LeastBytes = "150";

    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public Task Members_killed_and_started_at_random() => KillAsync(10, "classic", 11);

    /// <summary>Whoever chooses at least once has every score and every record that cannot be decoded, some of them more than once.</summary>
    [Fact(Timeout = 300_000)]
    public Task Members_that_deliver_at_least_once_killed_and_started_at_random() => KillAsync(5, "classic", 14, Delivery.AtLeastOnce);

    [LongFact(Timeout = 3_600_000)]
    public Task Members_killed_and_started_at_random_many_times() => KillAsync(200, "classic", 12);

    [LongFact(Timeout = 3_600_000)]
    public Task Members_of_the_new_group_protocol_killed_and_started_at_random() => KillAsync(50, "consumer", 13);

    /// <summary>A member is stopped with a transaction open, longer than its session and, in one case, than its transaction; another member scores its rows; then it goes on.</summary>
    [Theory(Timeout = 120_000)]
    [InlineData(60, "classic")]
    [InlineData(2, "classic")]
    [InlineData(60, "consumer")]
    public async Task A_member_that_stalls_is_fenced(int transactionSeconds, string protocol)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "SIGSTOP");
        (_, KafkaDriver kafka) = await nodes.HealthyAsync();
        using ScoredTopic topic = await ScoredTopic.CreateAsync(kafka, 2, 3);
        await topic.AppendAsync(1000);
        using ScorerProcess stalled = ScorerProcess.Start(kafka.BootstrapServers, topic, "stalled", TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(transactionSeconds), protocol: protocol);
        await WaitAsync(() => stalled.HasJoined || stalled.HasExited, "the member joins");
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        Task writing = WriteAsync(topic, 200, end.Token);
        await Until.TrueAsync(async () => await topic.CountUncommittedAsync() > 300, TimeSpan.FromSeconds(60), () => "no transaction is open", Cancelled);
        await stalled.SignalAsync("STOP");
        await using (KafkaScorer other = await KafkaScorer.JoinAsync(topic.Input, topic.Dataset(protocol), topic.Options("other"), Cancelled))
        {
            Task run = other.RunAsync(StopAt.Never, end.Token);
            await WaitAsync(() => other.Assignment.Count == 2 && other.Totals.Rows > 500, "the other member takes over");
            await stalled.SignalAsync("CONT");
            await WaitAsync(() => other.Assignment.Count == 1, "the first member is back");
            await end.CancelAsync();
            await writing;
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        }

        stalled.Kill();
        await topic.FinishAsync(protocol);
        IReadOnlyDictionary<string, int> versions = await topic.AssertExactAsync();
        Assert.True(versions["other"] > 500, $"{versions["other"]} rows by the other member");
        int aborted = kafka.Consume(topic.Output, IsolationLevel.ReadUncommitted).Count() - topic.Rows;
        Assert.True(aborted > 0, "the stalled member had nothing in its transaction");
    }

    /// <summary>No broker responds any more while rows are scored, and the run is cancelled: it ends without another attempt, and the next one goes on.</summary>
    [Theory(Timeout = 240_000)]
    [InlineData(Delivery.ExactlyOnce)]
    [InlineData(Delivery.AtLeastOnce)]
    public async Task A_run_that_is_cancelled_while_no_broker_responds_ends_as_cancelled(Delivery delivery)
    {
        const int Count = 20_000;
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        using ScoredTopic topic = await ScoredTopic.CreateAsync(kafka, 2, 3);
        await topic.AppendAsync(Count);
        KafkaDatasetOptions dataset = topic.Dataset() with { BootstrapServers = cluster.Addresses(KafkaNode.Proxied) };
        await using (KafkaScorer scorer = await KafkaScorer.JoinAsync(topic.Input, dataset, topic.Options() with { Delivery = delivery, CommitRows = 200 }, Cancelled))
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
            Task run = scorer.RunAsync(StopAt.Never, end.Token);
            await WaitAsync(() => scorer.Totals.Rows > 0, "rows are scored");
            cluster.Nodes.ToList().ForEach(n => n.Proxy!.FallSilent());
            await end.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(dataset.Timeout / 2, Cancelled));
            Assert.True(scorer.Totals.Rows < Count, "everything was scored before the brokers fell silent");
            cluster.Nodes.ToList().ForEach(n => n.Proxy!.Heal());
            await scorer.RunAsync(StopAt.CaughtUp, Cancelled);
        }

        await topic.FinishAsync(delivery: delivery); // without partitions for the moment, a member has caught up too
        await topic.AssertExactAsync(delivery);
    }

    /// <summary>The brokers refuse the scores of a transaction, and without a dead-letter topic nothing of it is visible, nor are offsets committed, until a member can write them.</summary>
    [Fact(Timeout = 180_000)]
    public async Task Nothing_is_visible_of_a_transaction_whose_scores_are_refused()
    {
        const int Count = 400;
        (_, KafkaDriver kafka) = await nodes.HealthyAsync();
        using ScoredTopic topic = await ScoredTopic.CreateAsync(kafka, 2, 3, outputConfig: new Dictionary<string, string> { ["max.message.bytes"] = LeastBytes });
        await topic.AppendAsync(Count);
        await using (KafkaScorer refused = await KafkaScorer.JoinAsync(topic.Input, topic.Dataset() with { Timeout = TimeSpan.FromMinutes(5) }, topic.Options("refused"), Cancelled))
        {
            ScoringException e = await Assert.ThrowsAsync<ScoringException>(() => refused.RunAsync(StopAt.CaughtUp, Cancelled));
            Assert.Equal((int)ErrorCode.MsgSizeTooLarge, e.ErrorCode);
        }

        Assert.Empty(kafka.Consume(topic.Output));
        await kafka.Admin.IncrementalAlterConfigsAsync(new Dictionary<ConfigResource, List<ConfigEntry>>
        {
            [new ConfigResource { Type = ResourceType.Topic, Name = topic.Output }] = [new ConfigEntry { Name = "max.message.bytes", Value = "1000000", IncrementalOperation = AlterConfigOpType.Set }],
        });
        await Until.TrueAsync(() => AcceptsAsync(kafka, topic.Output), TimeSpan.FromSeconds(60), () => "the new limit does not hold everywhere", Cancelled);
        Assert.Equal(Count, (await topic.FinishAsync()).Rows);
        await topic.AssertExactAsync();
        await topic.AssertExactByKafkasReadersAsync();
    }

    /// <summary>Brokers acknowledge a transaction before each partition has its marker; whoever reads right after a run must find every score all the same.</summary>
    [Fact(Timeout = 120_000)]
    public async Task Every_score_is_visible_when_a_run_has_ended()
    {
        const int Partitions = 12;
        (_, KafkaDriver kafka) = await nodes.HealthyAsync();
        using ScoredTopic topic = await ScoredTopic.CreateAsync(kafka, Partitions, 3);
        async Task<long> EndAsync(IsolationLevel isolation)
        {
            ListOffsetsResult ends = await kafka.Admin.ListOffsetsAsync(
                Enumerable.Range(0, Partitions).Select(p => new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(topic.Output, p), OffsetSpec = OffsetSpec.Latest() }),
                new ListOffsetsOptions { IsolationLevel = isolation });
            return ends.ResultInfos.Sum(r => r.TopicPartitionOffsetError.Offset.Value);
        }

        async Task<bool> CanListAsync()
        {
            try
            {
                return await EndAsync(IsolationLevel.ReadCommitted) == 0;
            }
            catch (ListOffsetsException)
            {
                return false; // a broker does not know the topic yet
            }
        }

        await Until.TrueAsync(CanListAsync, TimeSpan.FromSeconds(30), () => "the brokers do not know the topic", Cancelled);
        await using KafkaScorer scorer = await KafkaScorer.JoinAsync(topic.Input, topic.Dataset(), topic.Options(), Cancelled);
        for (int round = 1; round <= 10; round++)
        {
            await topic.AppendAsync(60);
            await scorer.RunAsync(StopAt.CaughtUp, Cancelled);
            long visible = await EndAsync(IsolationLevel.ReadCommitted);
            Assert.Equal(await EndAsync(IsolationLevel.ReadUncommitted), visible);
        }

        Assert.Equal(topic.Rows, kafka.Consume(topic.Output).Count());
    }

    /// <summary>Dead letters are in the transaction of the scores around them: those of an attempt whose scores are refused are never visible, and those of the next are, with the inputs of what was refused.</summary>
    [Fact(Timeout = 180_000)]
    public async Task Dead_letters_are_visible_only_with_the_scores_around_them()
    {
        const int Every = 10, Count = 40; // each refused score takes an attempt
        (_, KafkaDriver kafka) = await nodes.HealthyAsync();
        using ScoredTopic topic = await ScoredTopic.CreateAsync(kafka, 2, 3, Every, new Dictionary<string, string> { ["max.message.bytes"] = LeastBytes });
        await topic.AppendAsync(Count);
        ScoringTotals totals = await topic.FinishAsync();
        Assert.Equal((0, Count), (totals.Rows, totals.DeadLetters));
        Assert.Empty(kafka.Consume(topic.Output));
        Assert.Equal(
            Enumerable.Range(0, Count).Select(n => (n % 2, (long)n / 2)).Order(),
            kafka.Consume(topic.DeadLetters!).Select(l => (int.Parse(ScoredTopic.Header(l, ScoreHeaders.Partition)), long.Parse(ScoredTopic.Header(l, ScoreHeaders.Offset)))).Order());
    }

    /// <summary>Whether every partition accepts records, by a transaction that is aborted.</summary>
    private static Task<bool> AcceptsAsync(KafkaDriver kafka, string topic) => Task.Run(() =>
    {
        using IProducer<byte[]?, byte[]?> producer = kafka.CreateProducer(new ProducerConfig { TransactionalId = $"{topic}-probe" });
        producer.InitTransactions(Timeout);
        producer.BeginTransaction();
        int accepted = 0;
        foreach (int partition in Enumerable.Range(0, 2))
        {
            producer.Produce(new TopicPartition(topic, partition), new Message<byte[]?, byte[]?> { Value = new byte[100] }, report => Interlocked.Add(ref accepted, report.Error.IsError ? 0 : 1));
        }

        producer.Flush(Timeout);
        producer.AbortTransaction(Timeout);
        return accepted == 2;
    });

    [LongFact(Timeout = 600_000)]
    public async Task Brokers_killed_and_rolled()
    {
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        using ScoredTopic topic = await ScoredTopic.CreateAsync(kafka, 4, 3);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var log = new CapturedLog();
        await using (KafkaScorer scorer = await KafkaScorer.JoinAsync(topic.Input, topic.Dataset(log: log), topic.Options("m"), Cancelled))
        {
            Task<ScoringTotals> run = scorer.RunAsync(StopAt.Never, end.Token);
            await topic.AppendAsync(2000);
            await WaitAsync(() => scorer.Totals.Rows > 0, "the first rows", run);
            foreach (KafkaNode node in cluster.Nodes)
            {
                Task writing = topic.AppendAsync(2000);
                if (node == cluster.Nodes[1])
                {
                    await node.StopAsync(Cancelled);
                }
                else
                {
                    node.Kill();
                }

                await writing;
                node.Start();
                await cluster.WaitForBrokersAsync(cluster.Nodes.Count, Cancelled);
                await ThreeNodes.WaitForReplicasAsync(kafka, topic.Input);
                await ThreeNodes.WaitForReplicasAsync(kafka, topic.Output);
            }

            await WaitAsync(() => scorer.Totals.Rows >= topic.Rows, () => $"every row: {scorer.Totals} of {topic.Rows}; {string.Join('\n', log.Lines.TakeLast(20))}", run);
            await end.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        }

        await topic.AssertExactAsync();
    }

    /// <summary>A transaction of the group hangs with its offsets: nobody scores before it is ended, and then from the offsets that are committed.</summary>
    [Fact(Timeout = 120_000)]
    public async Task A_transaction_left_hanging()
    {
        (_, KafkaDriver kafka) = await nodes.HealthyAsync();
        using ScoredTopic topic = await ScoredTopic.CreateAsync(kafka, 1, 3);
        await topic.AppendAsync(500);
        using (IProducer<byte[]?, byte[]?> producer = kafka.CreateProducer(new ProducerConfig { TransactionalId = $"{topic.Input}-hanging", TransactionTimeoutMs = 3000 }))
        using (IConsumer<byte[], byte[]> consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig { BootstrapServers = kafka.BootstrapServers, GroupId = topic.Options().GroupId, EnableAutoCommit = false }).Build())
        {
            consumer.Subscribe(topic.Input);
            await WaitAsync(() => consumer.Consume(Soon) is null && consumer.Assignment.Count == 1, "the consumer joins");
            producer.InitTransactions(Timeout);
            producer.BeginTransaction();
            producer.Produce(new TopicPartition(topic.Output, 0), new Message<byte[]?, byte[]?> { Value = "never visible"u8.ToArray() });
            producer.Flush(Timeout);
            producer.SendOffsetsToTransaction([new TopicPartitionOffset(topic.Input, 0, 400)], consumer.ConsumerGroupMetadata, Timeout);
            consumer.Close();
        }

        Assert.Equal(500, (await topic.FinishAsync()).Rows);
        await topic.AssertExactAsync();

        string[] lines = [.. await ConsoleConsumer.ReadAsync(kafka, topic.Output, "CreateTime", 500, Cancelled)];
        Assert.Equal(500, lines.Length);
        Assert.All(lines.Index(), l => Assert.Contains($"{ScoreHeaders.Offset}:{l.Index}", l.Item));
    }

    private async Task KillAsync(int kills, string protocol, int seed, Delivery delivery = Delivery.ExactlyOnce)
    {
        const int Most = 4, PoisonEvery = 20;
        (_, KafkaDriver kafka) = await nodes.HealthyAsync();
        using ScoredTopic topic = await ScoredTopic.CreateAsync(kafka, 6, 3, PoisonEvery);
        var random = new Random(seed);
        var members = new List<ScorerProcess>();
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
            Task writing = WriteAsync(topic, 200, end.Token);
            int started = 0;
            for (int killed = 0; killed < kills;)
            {
                while (members.Count < Most)
                {
                    // Every other one has a name: when it is started again, it has its partitions back and ends its transaction at once.
                    members.Add(ScorerProcess.Start(kafka.BootstrapServers, topic, $"m{started}", Soon, Timeout, started % 2 == 0 ? null : $"i{started % 4}", protocol, delivery));
                    started++;
                }

                int[] joined = [.. members.Index().Where(m => m.Item.HasJoined).Select(m => m.Index)];
                if (joined.Length > Most / 2 && random.Next(3) > 0)
                {
                    int victim = joined[random.Next(joined.Length)];
                    members[victim].Dispose();
                    members.RemoveAt(victim);
                    killed++;
                }

                await Task.WhenAny(Task.Delay(random.Next(700), Cancelled));
                foreach (ScorerProcess gone in members.Where(m => m.HasExited).ToArray())
                {
                    members.Remove(gone); // a name may be given twice, and one of the two has to go
                    gone.Dispose();
                }
            }

            await end.CancelAsync();
            await writing;
        }
        finally
        {
            members.ForEach(m => m.Dispose());
        }

        await topic.FinishAsync(protocol, delivery);
        IReadOnlyDictionary<string, int> versions = await topic.AssertExactAsync(delivery);
        if (delivery == Delivery.ExactlyOnce)
        {
            await topic.AssertExactByKafkasReadersAsync();
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{topic.Rows} rows by {versions.Count} members");
        Assert.True(versions.Count > 2, $"scored by {string.Join(", ", versions)}");
    }

    private static async Task WriteAsync(ScoredTopic topic, int rows, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await topic.AppendAsync(rows);
            await Task.WhenAny(Task.Delay(50, end));
        }
    }

    private static Task WaitAsync(Func<bool> condition, string what, Task? run = null) => WaitAsync(condition, () => what, run);

    private static Task WaitAsync(Func<bool> condition, Func<string> what, Task? run) => Until.TrueAsync(
        () =>
        {
            Assert.False(run is { IsFaulted: true }, $"{run?.Exception}");
            return Task.FromResult(condition());
        },
        TimeSpan.FromSeconds(60),
        () => $"not in time: {what()}",
        Cancelled);
}
