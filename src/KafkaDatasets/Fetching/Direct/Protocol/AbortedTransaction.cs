namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>An aborted transaction: its producer, and its first offset in the partition.</summary>
internal readonly record struct AbortedTransaction(long ProducerId, long FirstOffset);
