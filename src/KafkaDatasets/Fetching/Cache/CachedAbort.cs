namespace KafkaDatasets.Fetching.Cache;

/// <summary>An aborted transaction.</summary>
/// <param name="ProducerId">The id of its producer.</param>
/// <param name="FirstOffset">Its first offset in the partition.</param>
/// <param name="LastOffset">The offset of the marker that ends it; <see cref="long.MaxValue"/> when the marker is in a later file.</param>
internal readonly record struct CachedAbort(long ProducerId, long FirstOffset, long LastOffset);
