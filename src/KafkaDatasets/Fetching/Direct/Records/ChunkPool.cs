using System.Collections.Concurrent;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Chunks that are not in use.</summary>
internal static class ChunkPool
{
    /// <summary>The most entries of a chunk: with their records they fit into a core's second-level cache.</summary>
    public const int MaxEntries = 2048;

    private const int MaxPooled = 64;
    private static readonly ConcurrentQueue<PooledChunk> Free = new();
    private static int _count;

    /// <summary>A chunk with one reference and no record.</summary>
    public static PooledChunk Rent()
    {
        if (Free.TryDequeue(out PooledChunk? chunk))
        {
            Interlocked.Decrement(ref _count);
        }
        else
        {
            chunk = new PooledChunk();
        }

        chunk.Reset();
        return chunk;
    }

    public static void Return(PooledChunk chunk)
    {
        if (Interlocked.Increment(ref _count) <= MaxPooled)
        {
            Free.Enqueue(chunk);
        }
        else
        {
            Interlocked.Decrement(ref _count);
        }
    }
}
