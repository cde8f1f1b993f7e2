namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>How the records of a batch are compressed, with Kafka's numbers.</summary>
internal enum CompressionCodec
{
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}
