using KafkaDatasets.IntegrationTests.Cluster;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>A topic that <c>Logs.java</c> has filled, and what Confluent.Kafka's consumer reads from it.</summary>
internal sealed class LogTopic
{
    /// <summary>The schema of the values: a label of 0 or 1, a number that no other value has, bytes.</summary>
    public const string Schema =
        """{"type":"record","name":"Logged","fields":[{"name":"label","type":"float"},{"name":"number","type":"float"},{"name":"payload","type":"bytes"}]}""";

    private readonly Lazy<Task<List<LogRecord>>> _committed;
    private readonly Lazy<Task<DatasetSnapshot>> _whole;

    public LogTopic(KafkaDriver kafka, string name, int partitions, string timestampType)
    {
        Kafka = kafka;
        Name = name;
        Partitions = partitions;
        TimestampType = timestampType;
        _committed = new(() => Task.Run(() => kafka.Consume(name).Select(LogRecord.Of).OrderBy(r => r.Partition).ThenBy(r => r.Offset).ToList()));
        _whole = new(async () =>
        {
            await using KafkaDataset dataset = await KafkaDataset.OpenAsync(name, Options(FetchEngine.Consumer, TopicRange.All));
            return dataset.Snapshot;
        });
    }

    public KafkaDriver Kafka { get; }

    public string Name { get; }

    public int Partitions { get; }

    /// <summary><c>CreateTime</c> or <c>LogAppendTime</c>.</summary>
    public string TimestampType { get; }

    /// <summary>The committed records, tombstones among them, in the order of partition and offset.</summary>
    public Task<List<LogRecord>> CommittedAsync() => _committed.Value;

    /// <summary>The committed records in a snapshot's ranges that are rows.</summary>
    public async Task<List<LogRecord>> CommittedAsync(DatasetSnapshot snapshot)
    {
        var ranges = snapshot.Partitions.ToDictionary(p => p.Partition);
        return [.. (await CommittedAsync()).Where(r => r.Value is not null && ranges.TryGetValue(r.Partition, out PartitionRange range) && r.Offset >= range.Start && r.Offset < range.End)];
    }

    /// <summary>A part of the topic: for each partition a range between two places, in thousandths of the whole.</summary>
    public async Task<DatasetSnapshot> CutAsync(int[] cuts, int stripeLength)
    {
        DatasetSnapshot whole = await _whole.Value;
        return new DatasetSnapshot(Name, whole.TopicId, whole.Partitions.Select((p, i) => new PartitionRange(p.Partition, At(p, Math.Min(cuts[2 * i], cuts[(2 * i) + 1])), At(p, Math.Max(cuts[2 * i], cuts[(2 * i) + 1])))), stripeLength);

        static long At(PartitionRange range, int cut) => range.Start + (range.Length * cut / 1000);
    }

    public KafkaDatasetOptions Options(FetchEngine engine, TopicRange range, long prefetchBytes = 64 << 20, int? workers = null) =>
        Options(engine, range, Kafka.BootstrapServers, Kafka.ClientConfig, prefetchBytes, workers);

    public KafkaDatasetOptions Options(
        FetchEngine engine, TopicRange range, string bootstrapServers, IReadOnlyDictionary<string, string> clientConfig, long prefetchBytes = 64 << 20, int? workers = null) => new()
        {
            BootstrapServers = bootstrapServers,
            ClientConfig = clientConfig,
            Format = RecordFormat.Avro(Schema),
            Label = LabelColumn.Binary("label"),
            Range = range,
            Engine = engine,
            PrefetchBytes = prefetchBytes,
            DecodeWorkers = workers,
            OnBadRecord = BadRecordPolicy.Skip, // the empty values
            Timeout = TimeSpan.FromSeconds(60),
        };

    public override string ToString() => Name;
}
