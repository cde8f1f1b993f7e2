using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>A pool of unused chunks.</summary>
internal sealed class ChunkPool
{
    /// <summary>The maximum number of entries of a chunk: with their records they fit into a core's second-level cache.</summary>
    public const int MaxEntries = 2048;

    private readonly ConcurrentQueue<PooledChunk> _free = new();

    /// <summary>The size of a chunk's entries in bytes.</summary>
    public static int ChunkBytes => MaxEntries * Unsafe.SizeOf<RecordEntry>();

    /// <summary>Rents an empty chunk with one reference.</summary>
    /// <param name="owner">The budget that the memory counts towards.</param>
    /// <param name="most">The maximum number of entries.</param>
    public PooledChunk Rent(IBufferBudget? owner, int most = MaxEntries)
    {
        if (!_free.TryDequeue(out PooledChunk? chunk))
        {
            chunk = new PooledChunk(this);
        }

        chunk.Own(owner, most);
        return chunk;
    }

    public void Return(PooledChunk chunk) => _free.Enqueue(chunk);

    public void Clear() => _free.Clear();
}
