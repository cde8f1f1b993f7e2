namespace KafkaDatasets.Fetching.Cache;

/// <summary>Whole batches in a cache file, which are read and checked together.</summary>
/// <param name="FirstOffset">The base offset of the first batch.</param>
/// <param name="Length">How many bytes they have.</param>
/// <param name="Checksum">The CRC-32C of all these bytes: a batch's own checksum is not of its offset and its length.</param>
internal readonly record struct CachePart(long FirstOffset, int Length, uint Checksum);
