using Confluent.Kafka;
using KafkaDatasets.IntegrationTests.Cluster;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>Three topics with logs of every kind on one broker, written by <c>Logs.java</c>, and a partition by librdkafka.</summary>
internal sealed class GeneratedLogs
{
    /// <summary>The partitions of <see cref="Every"/>, as <c>Logs.java</c> fills them.</summary>
    public const int None = 0, Gzip = 1, Snappy = 2, Lz4 = 3, Zstd = 4, Transactions = 5, Interleaved = 6, Oddities = 7, Large = 8, Aborted = 9, Deleted = 10, Open = 11;

    /// <summary>Partitions of <see cref="Every"/> that <c>Logs.java</c> leaves alone.</summary>
    public const int Empty = 12, Librdkafka = 13;

    /// <summary>Where the log of <see cref="Deleted"/> starts: in the middle of a batch.</summary>
    public const long DeletedBefore = 350;

    /// <summary>Where the transaction of <see cref="Open"/> begins that nobody ends: behind two of 25 records and a marker.</summary>
    public const long OpenFrom = 26 + 25;

    /// <summary>The seed of sizes, contents, and the interleaving of transactions; another by the environment.</summary>
    private static readonly string Seed = Environment.GetEnvironmentVariable("KAFKADATASETS_FETCH_SEED") is { Length: > 0 } seed ? seed : "7";

    private const int EveryPartitions = 14;

    private GeneratedLogs(KafkaDriver kafka, LogTopic every, LogTopic compacted, LogTopic appended)
    {
        Kafka = kafka;
        Every = every;
        Compacted = compacted;
        Appended = appended;
    }

    public KafkaDriver Kafka { get; }

    /// <summary>Codecs, batch sizes, transactions, headers: a partition for each kind.</summary>
    public LogTopic Every { get; }

    /// <summary>Keys written again and deleted, compacted.</summary>
    public LogTopic Compacted { get; }

    /// <summary>Timestamps of the broker.</summary>
    public LogTopic Appended { get; }

    public IReadOnlyList<LogTopic> Topics => [Every, Compacted, Appended];

    /// <summary>The batches of a partition as they stand in the broker's files.</summary>
    public List<LoggedBatch> Batches(LogTopic topic, int partition) => LoggedBatch.Read(Kafka.LogDirectory!, topic.Name, partition);

    public static async Task<GeneratedLogs> WriteAsync(KafkaDriver kafka, CancellationToken cancellationToken)
    {
        var keep = new Dictionary<string, string> { ["retention.ms"] = "-1", ["max.message.bytes"] = "4000000" };
        var compact = new Dictionary<string, string>
        {
            ["cleanup.policy"] = "compact",
            ["segment.ms"] = "1800000",
            ["min.cleanable.dirty.ratio"] = "0.0001",
        };
        var logs = new GeneratedLogs(
            kafka,
            new LogTopic(kafka, await kafka.CreateTopicAsync(EveryPartitions, keep), EveryPartitions, "CreateTime"),
            new LogTopic(kafka, await kafka.CreateTopicAsync(3, compact), 3, "CreateTime"),
            new LogTopic(kafka, await kafka.CreateTopicAsync(3, new Dictionary<string, string>(keep) { ["message.timestamp.type"] = "LogAppendTime" }), 3, "LogAppendTime"));
        string program = Path.Combine(Repository.Root, "tests", "KafkaDatasets.IntegrationTests", "Fetching", "Logs.java");
        await SharedKafka.Home().RunProgramAsync(program, [kafka.BootstrapServers, .. logs.Topics.Select(t => t.Name), Seed], cancellationToken);
        await kafka.DeleteRecordsAsync(logs.Every.Name, Deleted, DeletedBefore);
        int number = 1_000_000;
        foreach (CompressionType codec in Enum.GetValues<CompressionType>())
        {
            await kafka.ProduceMessagesAsync(
                logs.Every.Name,
                Enumerable.Range(0, 500).Select(_ => (Librdkafka, new Message<byte[]?, byte[]?> { Value = Value(number++), Headers = new Headers { { "codec", [(byte)codec] } } })),
                new ProducerConfig { CompressionType = codec, BatchNumMessages = 120, LingerMs = 20 });
        }

        await logs.WaitUntilCompactedAsync(cancellationToken);
        return logs;
    }

    private static byte[] Value(int number) => [.. BitConverter.GetBytes(number % 2f), .. BitConverter.GetBytes((float)number), 8, 1, 2, 3, 4];

    /// <summary>Waits until the log cleaner has come as far as it ever does: to the segment that is being written.</summary>
    private Task WaitUntilCompactedAsync(CancellationToken cancellationToken)
    {
        string checkpoint = Path.Combine(Kafka.LogDirectory!, "cleaner-offset-checkpoint");
        return Until.TrueAsync(
            async () =>
            {
                string[] lines = File.Exists(checkpoint) ? await File.ReadAllLinesAsync(checkpoint, cancellationToken) : [];
                return Enumerable.Range(0, Compacted.Partitions).All(p => lines.Contains($"{Compacted.Name} {p} {ActiveSegment(p)}"));
            },
            TimeSpan.FromSeconds(60),
            () => $"The log cleaner has not compacted {Compacted.Name}.",
            cancellationToken);
    }

    private long ActiveSegment(int partition) =>
        Directory.EnumerateFiles(Path.Combine(Kafka.LogDirectory!, $"{Compacted.Name}-{partition}"), "*.log").Max(f => long.Parse(Path.GetFileNameWithoutExtension(f)));
}
