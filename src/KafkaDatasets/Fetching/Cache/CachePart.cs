namespace KafkaDatasets.Fetching.Cache;

/// <summary>Whole batches in a cache file that are read and checked together.</summary>
/// <param name="FirstOffset">The base offset of the first batch.</param>
/// <param name="Length">Their length in bytes.</param>
/// <param name="Checksum">The CRC-32C of all these bytes: a batch's own checksum does not cover its offset and length.</param>
internal readonly record struct CachePart(long FirstOffset, int Length, uint Checksum);
