using KafkaDatasets.Fetching;

namespace KafkaDatasets.Pipeline;

/// <summary>Consecutive records of a chunk, with a reference to the chunk that is the slice's own.</summary>
internal readonly record struct RecordSlice(RecordChunk Chunk, int Start, int Count);
