using System.Globalization;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaDatasets.IntegrationTests.Cluster;
using Microsoft.Extensions.Logging;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Scoring;

/// <summary>A topic of numbered rows that scorers score, and the topic of their scores.</summary>
internal sealed class ScoredTopic(KafkaDriver kafka, string input, int partitions) : IDisposable
{
    private readonly IProducer<byte[]?, byte[]?> _producer = kafka.CreateProducer(new ProducerConfig { EnableIdempotence = true, LingerMs = 2 });
    private int _rows;

    public string Input => input;

    public string Output => $"{input}-scores";

    public int Rows => Volatile.Read(ref _rows);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<ScoredTopic> CreateAsync(KafkaDriver kafka, int partitions, short replicas)
    {
        var topic = new ScoredTopic(kafka, await kafka.CreateTopicAsync(partitions, replicationFactor: replicas), partitions);
        await kafka.CreateTopicAsync(partitions, replicationFactor: replicas, name: topic.Output);
        return topic;
    }

    /// <summary>Appends rows: row n is at partition n mod p.</summary>
    public Task AppendAsync(int count) => Task.Run(() =>
    {
        foreach (int n in Enumerable.Range(_rows, count))
        {
            _producer.Produce(new TopicPartition(input, n % partitions), new Message<byte[]?, byte[]?> { Value = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"Id":{{n}},"Half":{{n / 2f}}}""")) });
        }

        while (_producer.Flush(TimeSpan.FromSeconds(1)) > 0)
        {
            Cancelled.ThrowIfCancellationRequested();
        }

        Volatile.Write(ref _rows, _rows + count);
    });

    public void Dispose() => _producer.Dispose();

    public KafkaDatasetOptions Dataset(string protocol = "classic", ILoggerFactory? log = null) => DatasetOf(kafka.BootstrapServers, protocol, log);

    /// <summary>How rows are read: with short sessions, which with the new protocol are the brokers' to set.</summary>
    public static KafkaDatasetOptions DatasetOf(string servers, string protocol, ILoggerFactory? log = null) => new()
    {
        BootstrapServers = servers,
        ClientConfig = protocol == "classic"
            ? new Dictionary<string, string> { ["session.timeout.ms"] = "2500", ["heartbeat.interval.ms"] = "300", ["reconnect.backoff.max.ms"] = "500" }
            : new Dictionary<string, string> { ["group.protocol"] = protocol, ["reconnect.backoff.max.ms"] = "500" },
        Format = RecordFormat.Json("""{"type":"object","properties":{"Id":{"type":"integer","format":"int64"},"Half":{"type":"number","format":"float"}},"required":["Id","Half"]}"""),
        Timeout = TimeSpan.FromSeconds(60),
        LoggerFactory = log,
    };

    public ScorerOptions Options(string version = "witness") => OptionsOf($"{input}-group", Output, version);

    public static ScorerOptions OptionsOf(string group, string output, string version) => new()
    {
        GroupId = group,
        OutputTopic = output,
        Model = ModelSource.Of(new ScoringModel(version, Twice(), TimeProvider.System.GetUtcNow())),
        PassThrough = ["Id"],
        BatchSize = 200,
        CommitInterval = TimeSpan.FromMilliseconds(100),
        TransactionTimeout = TimeSpan.FromSeconds(4),
    };

    /// <summary>Has a member of this process score everything that there is, once it has all partitions.</summary>
    public async Task<ScoringTotals> FinishAsync(string protocol = "classic")
    {
        await using KafkaScorer scorer = await KafkaScorer.JoinAsync(input, Dataset(protocol), Options(), Cancelled);
        await Until.TrueAsync(() => Task.FromResult(scorer.Assignment.Count == partitions), TimeSpan.FromSeconds(60), () => $"only {scorer.Assignment.Count} partitions are assigned", Cancelled);
        return await scorer.RunAsync(StopAt.CaughtUp, Cancelled);
    }

    /// <summary>How many records at the end of the output belong to transactions that have not ended, or follow such records.</summary>
    public async Task<long> CountUncommittedAsync() => await EndsAsync(IsolationLevel.ReadUncommitted) - await EndsAsync(IsolationLevel.ReadCommitted);

    /// <summary>By Confluent's consumer, each row's score is visible exactly once, after the brokers have ended the transactions of members that were killed.</summary>
    /// <returns>The number of scores by the version of their model.</returns>
    public async Task<IReadOnlyDictionary<string, int>> AssertExactAsync()
    {
        await Until.TrueAsync(async () => await CountUncommittedAsync() == 0, TimeSpan.FromSeconds(60), () => "a transaction is still open", Cancelled);
        var ids = new List<int>();
        var versions = new Dictionary<string, int>();
        foreach (ConsumeResult<byte[]?, byte[]?> score in kafka.Consume(Output))
        {
            JsonElement json = JsonDocument.Parse(score.Message.Value!).RootElement;
            int id = json.GetProperty("Id").GetInt32();
            Assert.Equal(id, json.GetProperty("Score").GetDouble());
            Assert.Equal(id % partitions, score.Partition.Value);
            string position = Header(score, ScoreHeaders.Partition) + "/" + Header(score, ScoreHeaders.Offset);
            Assert.Equal($"{id % partitions}/{id / partitions}", position);
            ids.Add(id);
            versions[Header(score, ScoreHeaders.ModelVersion)] = versions.GetValueOrDefault(Header(score, ScoreHeaders.ModelVersion)) + 1;
        }

        int[] twice = [.. ids.GroupBy(i => i).Where(g => g.Count() > 1).Select(g => g.Key)];
        int[] missing = [.. Enumerable.Range(0, Rows).Except(ids)];
        Assert.True(twice.Length == 0 && missing.Length == 0 && ids.Count == Rows, $"of {Rows} rows {twice.Length} are scored twice ({string.Join(", ", twice.Take(5))} …), {missing.Length} never ({string.Join(", ", missing.Take(5))} …)");
        return versions;
    }

    private async Task<long> EndsAsync(IsolationLevel isolation)
    {
        ListOffsetsResult ends = await kafka.Admin.ListOffsetsAsync(
            Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(Output, p), OffsetSpec = OffsetSpec.Latest() }),
            new ListOffsetsOptions { IsolationLevel = isolation, RequestTimeout = TimeSpan.FromSeconds(10) });
        return ends.ResultInfos.Sum(r => r.TopicPartitionOffsetError.Offset.Value);
    }

    private static string Header(ConsumeResult<byte[]?, byte[]?> record, string name) => Encoding.UTF8.GetString(record.Message.Headers.GetLastBytes(name));

    private static ITransformer Twice()
    {
        var ml = new MLContext();
        IDataView empty = ml.Data.LoadFromEnumerable<Row>([]);
        return ml.Transforms.Expression("Score", "x => x * 2f", "Half").Fit(empty);
    }

    private sealed class Row
    {
        public long Id { get; set; }

        public float Half { get; set; }
    }
}
