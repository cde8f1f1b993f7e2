using System.Globalization;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Faults;
using KafkaDatasets.IntegrationTests.Fetching;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Scoring;

/// <summary>Scores and models that a topic will never accept: what was refused is named at once, or its input is a dead letter, however long the time-out.</summary>
public sealed class RefusedScoresTests(SharedKafka shared, FetchBrokers brokers)
{
    private const int Rows = 2500; // so many that they are caught up with
    private const int Large = 500;
    private const int TopicBytes = 2000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static TheoryData<Delivery> Deliveries => [Delivery.ExactlyOnce, Delivery.AtLeastOnce];

    [Theory(Timeout = 240_000)]
    [MemberData(nameof(Deliveries))]
    public async Task A_score_that_is_too_large_for_the_topic_is_named(Delivery delivery)
    {
        var log = new CapturedLog();
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await WriteAsync(kafka);
        await kafka.CreateTopicAsync(1, new Dictionary<string, string> { ["max.message.bytes"] = $"{TopicBytes}" }, name: $"{topic}-scores");
        await using KafkaScorer scorer = await KafkaScorer.JoinAsync(topic, Dataset(kafka.BootstrapServers, log), Options(topic) with { Delivery = delivery }, Cancelled);
        ScoringException e = await Assert.ThrowsAsync<ScoringException>(() => RunAsync(scorer, log));
        Assert.Equal((topic, 0, Large, (int)ErrorCode.MsgSizeTooLarge), (e.Topic, e.Partition, e.Offset, e.ErrorCode));
        Assert.Contains($"topic '{topic}-scores', partition 0", e.Message);
        Assert.Contains("max.message.bytes", e.Message);
        Assert.Contains(nameof(ScorerOptions.DeadLetterTopic), e.Message);
    }

    /// <summary>Batches of the client's usual size are too large for the topic as well: they become smaller.</summary>
    [Theory(Timeout = 240_000)]
    [MemberData(nameof(Deliveries))]
    public async Task A_score_that_is_too_large_for_the_topic_makes_its_input_a_dead_letter(Delivery delivery)
    {
        var log = new CapturedLog();
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await WriteAsync(kafka);
        await kafka.CreateTopicAsync(1, new Dictionary<string, string> { ["max.message.bytes"] = $"{TopicBytes}" }, name: $"{topic}-scores");
        await using (KafkaScorer scorer = await KafkaScorer.JoinAsync(topic, Dataset(kafka.BootstrapServers, log), Options(topic) with { Delivery = delivery, DeadLetterTopic = $"{topic}-dead" }, Cancelled))
        {
            ScoringTotals totals = await RunAsync(scorer, log);
            Assert.Equal(1, totals.DeadLetters);
            Assert.Equal(Rows - 1, totals.Rows);
        }

        int[] ids = [.. kafka.Consume($"{topic}-scores").Select(s => JsonDocument.Parse(s.Message.Value!).RootElement.GetProperty("Id").GetInt32())];
        Assert.Equal(Enumerable.Range(0, Rows).Where(id => id != Large), (delivery == Delivery.ExactlyOnce ? ids : ids.Distinct()).Order());
        ConsumeResult<byte[]?, byte[]?> letter = Assert.Single(kafka.Consume($"{topic}-dead"));
        Assert.Equal(Value(Large), letter.Message.Value);
        Assert.Equal($"{Large}", Encoding.UTF8.GetString(letter.Message.Headers.GetLastBytes(ScoreHeaders.Offset)));
        Assert.Contains("max.message.bytes", Encoding.UTF8.GetString(letter.Message.Headers.GetLastBytes(ScoreHeaders.Error)));
    }

    /// <summary>A compacted topic refuses records without a key. The client may blame the other records of their batch first.</summary>
    [Theory(Timeout = 240_000)]
    [MemberData(nameof(Deliveries))]
    public async Task Scores_without_a_key_in_a_compacted_topic_make_their_inputs_dead_letters(Delivery delivery)
    {
        const int keyless = 3;
        var log = new CapturedLog();
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(1);
        await kafka.ProduceMessagesAsync(topic, Enumerable.Range(0, Rows).Select(id => (0, new Message<byte[]?, byte[]?> { Key = id < Rows - keyless ? Encoding.UTF8.GetBytes($"{id}") : null, Value = Value(id) })));
        await kafka.CreateTopicAsync(1, new Dictionary<string, string> { ["cleanup.policy"] = "compact" }, name: $"{topic}-scores");
        await using (KafkaScorer scorer = await KafkaScorer.JoinAsync(topic, Dataset(kafka.BootstrapServers, log), Options(topic) with { Delivery = delivery, DeadLetterTopic = $"{topic}-dead" }, Cancelled))
        {
            ScoringTotals totals = await RunAsync(scorer, log);
            Assert.Equal(keyless, totals.DeadLetters);
            Assert.InRange(totals.Aborted, 1, 6);
        }

        ConsumeResult<byte[]?, byte[]?>[] letters = [.. kafka.Consume($"{topic}-dead")];
        Assert.Equal(Enumerable.Range(Rows - keyless, keyless).Select(id => $"{id}"), letters.Select(l => Encoding.UTF8.GetString(l.Message.Headers.GetLastBytes(ScoreHeaders.Offset))));
        Assert.Contains("that of its input", Encoding.UTF8.GetString(letters[0].Message.Headers.GetLastBytes(ScoreHeaders.Error)));
    }

    [Theory(Timeout = 240_000)]
    [InlineData(Delivery.ExactlyOnce, "-scores")]
    [InlineData(Delivery.ExactlyOnce, "-dead")]
    [InlineData(Delivery.AtLeastOnce, "-scores")]
    public async Task A_topic_that_was_deleted_is_named(Delivery delivery, string deleted)
    {
        var log = new CapturedLog();
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await WriteAsync(kafka);
        await using KafkaScorer scorer = await KafkaScorer.JoinAsync(
            topic,
            Dataset(kafka.BootstrapServers, log) with { Timeout = TimeSpan.FromSeconds(6) },
            Options(topic) with { Delivery = delivery, DeadLetterTopic = $"{topic}-dead", TransactionTimeout = TimeSpan.FromSeconds(2) },
            Cancelled);
        await RunAsync(scorer, log);
        await kafka.DeleteTopicAsync(topic + deleted);
        await Until.TrueAsync(() => Task.FromResult(!kafka.Admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Exists(t => t.Topic == topic + deleted)), TimeSpan.FromSeconds(30), () => $"{topic}{deleted} is still there", Cancelled);
        await kafka.ProduceAsync(topic, [(0, Value(Rows)), (0, "no JSON"u8.ToArray())]);
        ScoringException e = await Assert.ThrowsAsync<ScoringException>(() => RunAsync(scorer, log));
        Assert.Contains($"'{topic}{deleted}'", e.Message);
        Assert.Contains("may not be described", e.Message);
    }

    [Theory(Timeout = 240_000)]
    [MemberData(nameof(Deliveries))]
    public async Task A_topic_that_may_not_be_written_to_is_named(Delivery delivery)
    {
        var log = new CapturedLog();
        KafkaDriver kafka = (await brokers.CurrentAsync()).Kafka;
        string topic = await WriteAsync(kafka);
        await kafka.CreateTopicAsync(1, name: $"{topic}-scores");
        await kafka.Admin.CreateAclsAsync([Allow($"{topic}-scores", "User:somebody", AclOperation.All), Allow($"{topic}-scores", $"User:{FetchBrokers.User}", AclOperation.Describe)]);
        KafkaDatasetOptions dataset = Dataset((await brokers.ClusterAsync()).Addresses("SASL_SSL"), log) with
        {
            ClientConfig = new Dictionary<string, string>
            {
                ["security.protocol"] = "SASL_SSL",
                ["ssl.ca.location"] = brokers.Certificates.Authority,
                ["sasl.mechanism"] = "SCRAM-SHA-512",
                ["sasl.username"] = FetchBrokers.User,
                ["sasl.password"] = FetchBrokers.Password,
            },
        };
        await using KafkaScorer scorer = await KafkaScorer.JoinAsync(topic, dataset, Options(topic) with { Delivery = delivery, DeadLetterTopic = $"{topic}-dead" }, Cancelled);
        ScoringException e = await Assert.ThrowsAsync<ScoringException>(() => RunAsync(scorer, log));
        Assert.True(e.IsAccessDenied, e.Message);
        Assert.Equal((int)ErrorCode.TopicAuthorizationFailed, e.ErrorCode);
        Assert.Contains($"{topic}-scores", e.Message);
    }

    [Fact(Timeout = 240_000)]
    public async Task A_model_that_is_too_large_for_the_topic_is_named()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync(1, new Dictionary<string, string> { ["max.message.bytes"] = "100", ["cleanup.policy"] = "compact" });
        KafkaWriteException e = await Assert.ThrowsAsync<KafkaWriteException>(() =>
            ModelTopic.PublishAsync(topic, "twice", Twice(out DataViewSchema schema), schema, new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, Timeout = TimeSpan.FromMinutes(5) }, cancellationToken: Cancelled));
        Assert.Equal((topic, 0, (int)ErrorCode.MsgSizeTooLarge), (e.Topic, e.Partition, e.ErrorCode));
        Assert.Contains("max.message.bytes", e.Message);
    }

    private static AclBinding Allow(string topic, string principal, AclOperation operation) => new()
    {
        Pattern = new ResourcePattern { Type = ResourceType.Topic, Name = topic, ResourcePatternType = ResourcePatternType.Literal },
        Entry = new AccessControlEntry { Principal = principal, Host = "*", Operation = operation, PermissionType = AclPermissionType.Allow },
    };

    private static async Task<string> WriteAsync(KafkaDriver kafka)
    {
        string topic = await kafka.CreateTopicAsync(1);
        await kafka.ProduceAsync(topic, Enumerable.Range(0, Rows).Select(id => (0, (byte[]?)Value(id))));
        return topic;
    }

    private static byte[] Value(int id) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"Id":{{id}},"Half":{{id / 2f}},"Note":"{{Note(id)}}"}"""));

    /// <summary>A text that does not get smaller by compression.</summary>
    private static string Note(int id)
    {
        byte[] noise = new byte[id == Large ? 2 * TopicBytes : 6];
        new Random(id).NextBytes(noise);
        return Convert.ToBase64String(noise);
    }

    private static KafkaDatasetOptions Dataset(string servers, CapturedLog log) => new()
    {
        BootstrapServers = servers,
        Format = RecordFormat.Json("""{"type":"object","properties":{"Id":{"type":"integer","format":"int64"},"Half":{"type":"number","format":"float"},"Note":{"type":"string"}},"required":["Id","Half","Note"]}"""),
        Timeout = TimeSpan.FromMinutes(5), // nothing waits for it
        LoggerFactory = log,
    };

    /// <summary>Scores what there is, within a time that is far below the time-out of the options.</summary>
    private static async Task<ScoringTotals> RunAsync(KafkaScorer scorer, CapturedLog log)
    {
        Task<ScoringTotals> run = scorer.RunAsync(StopAt.CaughtUp, Cancelled);
        await Task.WhenAny(run, Task.Delay(TimeSpan.FromSeconds(150), Cancelled));
        Assert.True(run.IsCompleted, $"{scorer.Totals}; {string.Join('\n', log.Lines.TakeLast(30))}");
        return await run;
    }

    private static ScorerOptions Options(string topic) => new()
    {
        GroupId = $"{topic}-group",
        OutputTopic = $"{topic}-scores",
        Model = ModelSource.Of(new ScoringModel("twice", Twice(out _), TimeProvider.System.GetUtcNow())),
        PassThrough = ["Id", "Note"],
    };

    private static ITransformer Twice(out DataViewSchema schema)
    {
        var ml = new MLContext();
        IDataView empty = ml.Data.LoadFromEnumerable<Row>([]);
        schema = empty.Schema;
        return ml.Transforms.Expression("Score", "x => x * 2f", "Half").Fit(empty);
    }

    private sealed class Row
    {
        public float Half { get; set; }
    }
}
