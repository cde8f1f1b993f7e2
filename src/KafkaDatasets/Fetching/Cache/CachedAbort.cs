namespace KafkaDatasets.Fetching.Cache;

/// <summary>A transaction that was aborted.</summary>
/// <param name="ProducerId">Its producer.</param>
/// <param name="FirstOffset">Its first offset in the partition.</param>
/// <param name="LastOffset">The offset of the marker that ends it; <see cref="long.MaxValue"/> where that is in a later file.</param>
internal readonly record struct CachedAbort(long ProducerId, long FirstOffset, long LastOffset);
