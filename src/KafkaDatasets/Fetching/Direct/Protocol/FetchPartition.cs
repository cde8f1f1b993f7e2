namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>One partition of a fetch request.</summary>
internal readonly record struct FetchPartition(int Partition, int LeaderEpoch, long Offset, int LastFetchedEpoch, int MaxBytes);
