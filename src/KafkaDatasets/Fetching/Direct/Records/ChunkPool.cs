using System.Collections.Concurrent;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>The chunks of one pass, used again and again.</summary>
internal sealed class ChunkPool
{
    /// <summary>The most entries of a chunk: with their records they fit into a core's second-level cache.</summary>
    public const int MaxEntries = 2048;

    private readonly ConcurrentQueue<PooledChunk> _free = new();

    /// <summary>A chunk with one reference and no record.</summary>
    public PooledChunk Rent()
    {
        if (!_free.TryDequeue(out PooledChunk? chunk))
        {
            chunk = new PooledChunk(_free.Enqueue);
        }

        chunk.Reset();
        return chunk;
    }
}
