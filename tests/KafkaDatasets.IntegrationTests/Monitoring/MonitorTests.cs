using System.Globalization;
using System.Text;
using Confluent.Kafka;
using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Monitoring;

/// <summary>Monitors of topics on a real broker.</summary>
public sealed class MonitorTests(SharedKafka shared)
{
    private const int Partitions = 3;
    private const int Rows = 3000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Scores of aborted transactions are none; history, live, and a topic that grows meanwhile give the same figures.</summary>
    [Fact]
    public async Task Committed_scores_are_joined_from_history_and_live()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string input = await kafka.CreateTopicAsync(Partitions);
        string scores = await kafka.CreateTopicAsync(Partitions);
        var options = new MonitorOptions
        {
            ScoresTopic = scores,
            Scores = Json(kafka, new DatasetColumn("Probability", ColumnType.Single)),
            LabelsTopic = input,
            Labels = Json(kafka, new DatasetColumn("y", ColumnType.Boolean)) with { Label = LabelColumn.Binary("y") },
            Window = MonitorWindow.Rows(500),
            Grace = TimeSpan.FromSeconds(1),
            StopAt = StopAt.Never,
        };
        using IProducer<Null, byte[]> labels = Producer(kafka, null);
        using IProducer<Null, byte[]> transactions = Producer(kafka, $"scores-{scores}");
        transactions.InitTransactions(TimeSpan.FromSeconds(30));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);

        // A monitor that follows from the start, while everything below is written.
        var following = new KafkaMonitor(options with { Live = new LiveOptions { GroupId = $"following-{scores}" } });
        Task<MonitorResult> running = following.RunAsync(ending.Token);
        int correct = await WriteAsync(labels, transactions, input, scores);

        MonitorResult history = await new KafkaMonitor(options).RunAsync(Token);
        ModelReport model = history.Models.Single();
        Assert.Equal(("m1", Rows, 0), (model.Version, model.Metrics.Rows, model.Metrics.Unmatched));
        Assert.Equal((double)correct / Rows, model.Metrics.Accuracy, 1e-12);
        Assert.Equal((Rows, Rows + 10, 10, 0), (history.Scores, history.Labels, history.UnusedLabels, history.DoubledScores));

        MonitorResult live = await new KafkaMonitor(options with { Live = new LiveOptions { GroupId = $"live-{scores}" }, StopAt = StopAt.CaughtUp }).RunAsync(Token);
        Assert.Equal(Figures(model), Figures(live.Models.Single()));

        // What was followed has every row whose time has passed: the last ones are within twice the grace period.
        const int Recent = 2100;
        while (following.GetResult() is not { } now || now.Models.Sum(m => m.Metrics.Rows) < Rows - Recent)
        {
            Assert.False(running.IsCompleted);
            await Task.Delay(10, Token);
        }

        Assert.Equal(model.Windows[0], following.GetResult()!.Models.Single().Windows[0] with { Metrics = model.Windows[0].Metrics });
        Assert.Equal(model.Windows[0].Metrics.Accuracy, following.GetResult()!.Models.Single().Windows[0].Metrics.Accuracy);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    /// <summary>Writes labelled rows a millisecond apart, and scores of them in transactions, of which every third is aborted and repeated.</summary>
    /// <returns>The number of right predictions.</returns>
    private static async Task<int> WriteAsync(IProducer<Null, byte[]> labels, IProducer<Null, byte[]> transactions, string input, string scores)
    {
        const int Batch = 250;
        long begin = DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeMilliseconds();
        var random = new Random(2);
        bool[] labelled = [.. Enumerable.Range(0, Rows + 10).Select(_ => random.Next(2) == 0)];
        int correct = 0;
        for (int start = 0; start < Rows; start += Batch)
        {
            int end = start + Batch == Rows ? labelled.Length : start + Batch;
            for (int i = start; i < end; i++)
            {
                labels.Produce(new TopicPartition(input, i % Partitions), new Message<Null, byte[]> { Value = Encoding.UTF8.GetBytes($$"""{"y":{{(labelled[i] ? "true" : "false")}}}"""), Timestamp = new Timestamp(begin + i, TimestampType.CreateTime) });
            }

            await Task.Run(() => labels.Flush(Token), Token);
            bool[] right = [.. Enumerable.Range(0, Batch).Select(_ => random.NextDouble() < 0.8)];
            foreach (bool commit in start / Batch % 3 == 0 ? (bool[])[false, true] : [true])
            {
                transactions.BeginTransaction();
                for (int i = start; i < start + Batch; i++)
                {
                    double probability = labelled[i] == (right[i - start] == commit) ? 0.9 : 0.2; // what is aborted says the opposite
                    var headers = new Headers
                    {
                        { "kafkadatasets.input.topic", Encoding.UTF8.GetBytes(input) },
                        { "kafkadatasets.input.partition", Text(i % Partitions) },
                        { "kafkadatasets.input.offset", Text(i / Partitions) },
                        { "kafkadatasets.input.timestamp", Text(begin + i) },
                        { "kafkadatasets.model.version", "m1"u8.ToArray() },
                    };
                    transactions.Produce(new TopicPartition(scores, i % Partitions), new Message<Null, byte[]> { Value = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"Probability\":{probability}}}")), Headers = headers });
                }

                if (commit)
                {
                    await Task.Run(transactions.CommitTransaction, Token);
                }
                else
                {
                    await Task.Run(() => transactions.Flush(Token), Token);
                    await Task.Run(transactions.AbortTransaction, Token);
                }
            }

            correct += right.Count(r => r);
        }

        return correct;
    }

    private static string Figures(ModelReport model) => string.Join('\n', model.Windows.Select(w => FormattableString.Invariant($"{w.Start:O} {w.End:O} {w.Metrics.Rows} {w.Metrics.Accuracy:R} {w.Metrics.Auc:R} {w.Metrics.LogLoss:R}")));

    private static KafkaDatasetOptions Json(KafkaDriver kafka, DatasetColumn column) => new() { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Json([column]) };

    private static IProducer<Null, byte[]> Producer(KafkaDriver kafka, string? transactionalId) =>
        new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers, TransactionalId = transactionalId, LingerMs = 5 }).SetLogHandler((_, _) => { }).Build();

    private static byte[] Text(long number) => Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));
}
