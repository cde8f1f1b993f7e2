namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>A transaction that was aborted: its producer, and its first offset in the partition.</summary>
internal readonly record struct AbortedTransaction(long ProducerId, long FirstOffset);
