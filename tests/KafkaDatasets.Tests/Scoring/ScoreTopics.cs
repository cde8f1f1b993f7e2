using System.Globalization;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Scoring;

/// <summary>An embedded cluster with a topic of numbered rows, models for it, and the topics that a scorer writes, read by Confluent's consumer.</summary>
internal sealed class ScoreTopics : IDisposable
{
    public const string Input = "rows";
    public const string Output = "scores";
    public const string DeadLetters = "dead";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public EmbeddedKafka Kafka { get; } = EmbeddedKafka.Start();

    /// <summary>A directory that is deleted with this.</summary>
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("scoring").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public KafkaDatasetOptions Dataset => new()
    {
        BootstrapServers = Kafka.BootstrapServers,
        Format = RecordFormat.Json("""{"type":"object","properties":{"Id":{"type":"integer","format":"int64"},"Half":{"type":"number","format":"float"}},"required":["Id","Half"]}"""),
        Timeout = TimeSpan.FromSeconds(5),
        ClientConfig = EmbeddedGroups.Quick,
    };

    public ScorerOptions Options(IModelSource model) => new()
    {
        GroupId = "scorer",
        OutputTopic = Output,
        Model = model,
        Delivery = Delivery.AtLeastOnce,
        ModelCheckInterval = TimeSpan.FromMilliseconds(20),
        CommitInterval = TimeSpan.FromMilliseconds(50),
    };

    /// <summary>A model whose score is a multiple of the field <c>Half</c>.</summary>
    public static ITransformer Times(int factor, out DataViewSchema schema)
    {
        var ml = new MLContext();
        IDataView empty = ml.Data.LoadFromEnumerable<Row>([]);
        schema = empty.Schema;
        return ml.Transforms.Expression("Score", $"x => x * {factor}f", "Half").Fit(empty);
    }

    public static ScoringModel Model(string version, int factor, DateTimeOffset? created = null) => new(version, Times(factor, out DataViewSchema schema), created ?? TimeProvider.System.GetUtcNow(), schema);

    /// <summary>Saves a model in the directory, in one step.</summary>
    public void Save(string name, int factor)
    {
        string temporary = Path.Combine(Directory, $"{name}.tmp");
        new MLContext().Model.Save(Times(factor, out DataViewSchema schema), schema, temporary);
        File.Move(temporary, Path.Combine(Directory, $"{name}.zip"), overwrite: true);
    }

    /// <summary>Writes rows to partitions in turn; every third has no key, and every fifth of the others an empty one.</summary>
    public void Write(int first, int count, int partitions = 3)
    {
        try
        {
            Kafka.CreateTopic(Input, partitions);
        }
        catch (KafkaDatasetException)
        {
            // It is there.
        }

        Produce(Enumerable.Range(first, count).Select(id => (id % partitions, KeyOf(id), Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"Id":{{id}},"Half":{{id / 2f}}}""")))));
    }

    public static byte[]? KeyOf(int id) => id % 3 == 0 ? null : id % 5 == 0 ? [] : [1, 0, (byte)(id >> 8), (byte)id];

    public void Produce(IEnumerable<(int Partition, byte[]? Key, byte[] Value)> records)
    {
        using IProducer<byte[]?, byte[]> producer = new ProducerBuilder<byte[]?, byte[]>(new ProducerConfig { BootstrapServers = Kafka.BootstrapServers, LingerMs = 1 }).SetKeySerializer(Serializers.ByteArray!).SetLogHandler((_, _) => { }).Build();
        foreach ((int partition, byte[]? key, byte[] value) in records)
        {
            producer.Produce(new TopicPartition(Input, partition), new Message<byte[]?, byte[]> { Key = key, Value = value });
        }

        producer.Flush(Patience);
    }

    /// <summary>Everything in a topic, in the order of partition and offset.</summary>
    public IReadOnlyList<Scored> Read(string topic)
    {
        using IConsumer<byte[]?, byte[]> consumer = new ConsumerBuilder<byte[]?, byte[]>(new ConsumerConfig { BootstrapServers = Kafka.BootstrapServers, GroupId = "witness", EnablePartitionEof = true, EnableAutoCommit = false })
            .SetKeyDeserializer(Deserializers.ByteArray!).SetLogHandler((_, _) => { }).Build();
        using IAdminClient admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        int partitions = admin.GetMetadata(topic, Patience).Topics[0].Partitions.Count;
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        var read = new List<Scored>();
        for (int ended = 0; ended < partitions;)
        {
            ConsumeResult<byte[]?, byte[]> result = consumer.Consume(Patience);
            Assert.NotNull(result);
            if (result.IsPartitionEOF)
            {
                ended++;
                continue;
            }

            read.Add(new Scored(result.Partition.Value, result.Message.Key, result.Message.Value, result.Message.Headers.ToDictionary(h => h.Key, h => Encoding.UTF8.GetString(h.GetValueBytes()))));
        }

        return read;
    }

    public async Task<KafkaScorer> JoinAsync(ScorerOptions options) => await KafkaScorer.JoinAsync(Input, Dataset, options, Token);

    public void Dispose()
    {
        Kafka.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    /// <summary>A record that a scorer has written.</summary>
    internal sealed record Scored(int Partition, byte[]? Key, byte[] Value, IReadOnlyDictionary<string, string> Headers)
    {
        public JsonElement Json => JsonDocument.Parse(Value).RootElement;

        public string Version => Headers[ScoreHeaders.ModelVersion];

        public (int Partition, long Offset) Input => (int.Parse(Headers[ScoreHeaders.Partition], CultureInfo.InvariantCulture), long.Parse(Headers[ScoreHeaders.Offset], CultureInfo.InvariantCulture));
    }

    internal sealed class Row
    {
        public long Id { get; set; }

        public float Half { get; set; }
    }
}
