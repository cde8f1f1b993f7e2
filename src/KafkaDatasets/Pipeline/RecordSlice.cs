using KafkaDatasets.Fetching;

namespace KafkaDatasets.Pipeline;

/// <summary>Consecutive records of a chunk, with its own reference to the chunk.</summary>
internal readonly record struct RecordSlice(RecordChunk Chunk, int Start, int Count);
