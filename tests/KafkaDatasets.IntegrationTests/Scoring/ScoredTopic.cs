using System.Globalization;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Fetching;
using Microsoft.Extensions.Logging;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Scoring;

/// <summary>A topic of numbered rows that scorers score, and the topics of their scores and of the records that are no rows.</summary>
/// <param name="kafka">The brokers.</param>
/// <param name="input">The topic of the rows.</param>
/// <param name="partitions">The number of its partitions.</param>
/// <param name="poisonEvery">Of how many records one cannot be decoded; 0: all can.</param>
internal sealed class ScoredTopic(KafkaDriver kafka, string input, int partitions, int poisonEvery) : IDisposable
{
    private const string OwnHeader = "trace";

    private readonly IProducer<byte[]?, byte[]?> _producer = kafka.CreateProducer(new ProducerConfig { EnableIdempotence = true, LingerMs = 2 });
    private int _rows;

    public string Input => input;

    public string Output => $"{input}-scores";

    /// <summary>The topic of the records that cannot be decoded; null where there are none.</summary>
    public string? DeadLetters => poisonEvery == 0 ? null : $"{input}-dead";

    /// <summary>How many records were appended, those that cannot be decoded among them.</summary>
    public int Rows => Volatile.Read(ref _rows);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<ScoredTopic> CreateAsync(KafkaDriver kafka, int partitions, short replicas, int poisonEvery = 0, IReadOnlyDictionary<string, string>? outputConfig = null)
    {
        var topic = new ScoredTopic(kafka, await kafka.CreateTopicAsync(partitions, replicationFactor: replicas), partitions, poisonEvery);
        await kafka.CreateTopicAsync(partitions, outputConfig, replicas, topic.Output);
        if (topic.DeadLetters is { } dead)
        {
            await kafka.CreateTopicAsync(partitions, replicationFactor: replicas, name: dead);
        }

        return topic;
    }

    /// <summary>Appends rows: row n is at partition n mod p.</summary>
    public Task AppendAsync(int count) => Task.Run(() =>
    {
        foreach (int n in Enumerable.Range(_rows, count))
        {
            _producer.Produce(new TopicPartition(input, n % partitions), IsPoison(n) ? Poison(n) : new Message<byte[]?, byte[]?> { Value = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"Id":{{n}},"Half":{{n / 2f}}}""")) });
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

    public ScorerOptions Options(string version = "witness") => OptionsOf($"{input}-group", Output, DeadLetters, version);

    public static ScorerOptions OptionsOf(string group, string output, string? deadLetters, string version) => new()
    {
        GroupId = group,
        OutputTopic = output,
        DeadLetterTopic = deadLetters,
        Model = ModelSource.Of(new ScoringModel(version, Twice(), TimeProvider.System.GetUtcNow())),
        PassThrough = ["Id"],
        BatchSize = 200,
        CommitInterval = TimeSpan.FromMilliseconds(100),
        TransactionTimeout = TimeSpan.FromSeconds(4),
    };

    /// <summary>Has a member of this process score everything that there is, once it has all partitions.</summary>
    public async Task<ScoringTotals> FinishAsync(string protocol = "classic", Delivery delivery = Delivery.ExactlyOnce)
    {
        await using KafkaScorer scorer = await KafkaScorer.JoinAsync(input, Dataset(protocol), Options() with { Delivery = delivery }, Cancelled);
        await Until.TrueAsync(() => Task.FromResult(scorer.Assignment.Count == partitions), TimeSpan.FromSeconds(60), () => $"only {scorer.Assignment.Count} partitions are assigned", Cancelled);
        return await scorer.RunAsync(StopAt.CaughtUp, Cancelled);
    }

    /// <summary>How many records at the end of the output belong to transactions that have not ended, or follow such records.</summary>
    public Task<long> CountUncommittedAsync() => CountUncommittedAsync(Output);

    /// <summary>
    /// By Confluent's consumer, each row's score is visible exactly once, and so is each record that cannot be decoded, after the brokers have ended the transactions of members that were killed; or, of scorers that
    /// deliver at least once, at least once.
    /// </summary>
    /// <returns>The number of scores by the version of their model.</returns>
    public async Task<IReadOnlyDictionary<string, int>> AssertExactAsync(Delivery delivery = Delivery.ExactlyOnce)
    {
        await Until.TrueAsync(
            async () => await CountUncommittedAsync() == 0 && (DeadLetters is not { } dead || await CountUncommittedAsync(dead) == 0), TimeSpan.FromSeconds(60), () => "a transaction is still open", Cancelled);
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

        AssertEach("scores", delivery, Enumerable.Range(0, Rows).Where(n => !IsPoison(n)), ids);
        if (DeadLetters is not null)
        {
            AssertDeadLetters(delivery);
        }

        return versions;
    }

    /// <summary>
    /// By Kafka's own readers of committed records (its console consumer, and a Java program), which must agree, each row's score is visible exactly once, with the position of its input, and so is each record that
    /// cannot be decoded.
    /// </summary>
    public async Task AssertExactByKafkasReadersAsync()
    {
        string program = Path.Combine(Repository.Root, "tests", "KafkaDatasets.IntegrationTests", "Scoring", "Committed.java");
        foreach ((string topic, int[] expected) in Expected())
        {
            string[] console = [.. await ConsoleConsumer.ReadAsync(kafka, topic, "CreateTime", expected.Length, Cancelled)];
            string java = await SharedKafka.Home().RunProgramAsync(program, [kafka.BootstrapServers, topic], Cancelled);
            Assert.Equal(console, java.Split('\n').Where(line => line.Contains('\t')).Select(line => line.TrimEnd('\r')));
            AssertEach(topic, Delivery.ExactlyOnce, expected, console.Select(line => line.Split('\t')[3].Split(',')).Select(headers => (HeaderOf(headers, ScoreHeaders.Offset) * partitions) + HeaderOf(headers, ScoreHeaders.Partition)));
        }
    }

    private bool IsPoison(int n) => poisonEvery > 0 && n % poisonEvery == poisonEvery - 1;

    private static Message<byte[]?, byte[]?> Poison(int n) => new()
    {
        Key = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"key {n}")),
        Value = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"no JSON {n}")),
        Headers = new Headers { { OwnHeader, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"trace {n}")) } },
    };

    private IEnumerable<(string Topic, int[] Expected)> Expected()
    {
        ILookup<bool, int> records = Enumerable.Range(0, Rows).ToLookup(IsPoison);
        yield return (Output, [.. records[false]]);
        if (DeadLetters is { } dead)
        {
            yield return (dead, [.. records[true]]);
        }
    }

    private static int HeaderOf(string[] headers, string name) => int.Parse(headers.Single(h => h.StartsWith($"{name}:", StringComparison.Ordinal))[(name.Length + 1)..], CultureInfo.InvariantCulture);

    /// <summary>Each record that cannot be decoded is there, as it was, with its position and what is wrong with it.</summary>
    private void AssertDeadLetters(Delivery delivery)
    {
        var found = new List<int>();
        foreach (ConsumeResult<byte[]?, byte[]?> letter in kafka.Consume(DeadLetters!))
        {
            int n = (int.Parse(Header(letter, ScoreHeaders.Offset), CultureInfo.InvariantCulture) * partitions) + int.Parse(Header(letter, ScoreHeaders.Partition), CultureInfo.InvariantCulture);
            Message<byte[]?, byte[]?> poison = Poison(n);
            Assert.Equal(poison.Key, letter.Message.Key);
            Assert.Equal(poison.Value, letter.Message.Value);
            Assert.Equal($"trace {n}", Header(letter, OwnHeader));
            Assert.Equal(input, Header(letter, ScoreHeaders.Topic));
            Assert.Contains($"offset {n / partitions}", Header(letter, ScoreHeaders.Error));
            Assert.Equal(n % partitions, letter.Partition.Value);
            found.Add(n);
        }

        AssertEach("dead letters", delivery, Enumerable.Range(0, Rows).Where(IsPoison), found);
    }

    private static void AssertEach(string what, Delivery delivery, IEnumerable<int> expected, IEnumerable<int> found)
    {
        Dictionary<int, int> counts = found.GroupBy(i => i).ToDictionary(g => g.Key, g => g.Count());
        int[] twice = delivery == Delivery.ExactlyOnce ? [.. counts.Where(c => c.Value > 1).Select(c => c.Key)] : [];
        int[] missing = [.. expected.Where(i => !counts.Remove(i))];
        Assert.True(
            twice.Length == 0 && missing.Length == 0 && counts.Count == 0,
            $"{what}: {twice.Length} are there twice ({string.Join(", ", twice.Take(5))} …), {missing.Length} never ({string.Join(", ", missing.Take(5))} …), and {counts.Count} were never written ({string.Join(", ", counts.Keys.Take(5))} …)");
    }

    private async Task<long> CountUncommittedAsync(string topic) => await EndsAsync(topic, IsolationLevel.ReadUncommitted) - await EndsAsync(topic, IsolationLevel.ReadCommitted);

    private async Task<long> EndsAsync(string topic, IsolationLevel isolation)
    {
        kafka.Admin.GetMetadata(topic, TimeSpan.FromSeconds(10)); // offsets are asked of the leaders that the client knows of, and it does not look for others when those are no leaders any more
        ListOffsetsResult ends = await kafka.Admin.ListOffsetsAsync(
            Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(topic, p), OffsetSpec = OffsetSpec.Latest() }),
            new ListOffsetsOptions { IsolationLevel = isolation, RequestTimeout = TimeSpan.FromSeconds(10) });
        return ends.ResultInfos.Sum(r => r.TopicPartitionOffsetError.Offset.Value);
    }

    public static string Header(ConsumeResult<byte[]?, byte[]?> record, string name) => Encoding.UTF8.GetString(record.Message.Headers.GetLastBytes(name));

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
