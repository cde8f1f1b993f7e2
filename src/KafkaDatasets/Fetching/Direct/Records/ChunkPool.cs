using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Chunks that are not in use.</summary>
internal sealed class ChunkPool
{
    /// <summary>The most entries of a chunk: with their records they fit into a core's second-level cache.</summary>
    public const int MaxEntries = 2048;

    private readonly ConcurrentQueue<PooledChunk> _free = new();

    /// <summary>The bytes of a chunk's entries.</summary>
    public static int ChunkBytes => MaxEntries * Unsafe.SizeOf<RecordEntry>();

    /// <summary>A chunk with one reference and no record.</summary>
    /// <param name="owner">Whose memory it counts as.</param>
    public PooledChunk Rent(IBufferBudget? owner)
    {
        if (!_free.TryDequeue(out PooledChunk? chunk))
        {
            chunk = new PooledChunk(this);
        }

        chunk.Own(owner);
        return chunk;
    }

    public void Return(PooledChunk chunk) => _free.Enqueue(chunk);

    public void Clear() => _free.Clear();
}
