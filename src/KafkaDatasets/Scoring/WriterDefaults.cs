namespace KafkaDatasets.Scoring;

/// <summary>How scores are written if the options do not say it.</summary>
internal static class WriterDefaults
{
    /// <summary>Settings that only consumers have; a producer would warn about them.</summary>
    private static readonly string[] OfConsumers =
    [
        "group.", "session.timeout.ms", "heartbeat.interval.ms", "max.poll.", "partition.assignment.", "auto.", "enable.auto.", "isolation.level", "fetch.", "queued.", "check.crcs", "coordinator.query.", "offset.", "consume.",
    ];

    /// <param name="dataset">The input.</param>
    /// <param name="partitions">The number of the input's partitions.</param>
    public static KafkaWriterOptions Of(KafkaDatasetOptions dataset, int partitions) => new()
    {
        BootstrapServers = dataset.BootstrapServers,
        ClientConfig = dataset.ClientConfig.Where(p => !OfConsumers.Any(o => p.Key.StartsWith(o, StringComparison.Ordinal))).ToDictionary(),
        OAuthBearerTokenProvider = dataset.OAuthBearerTokenProvider,
        SchemaRegistry = dataset.SchemaRegistry,
        Format = dataset.SchemaRegistry is null ? WriteFormat.Json : WriteFormat.Avro,
        Framing = dataset.SchemaRegistry is null ? SchemaFraming.None : SchemaFraming.IdPrefix,
        Partitions = partitions,
        Timeout = dataset.Timeout,
        LoggerFactory = dataset.LoggerFactory,
        TimeProvider = dataset.TimeProvider,
    };
}
