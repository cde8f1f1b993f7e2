using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>A pool of unused chunks.</summary>
internal sealed class ChunkPool
{
    /// <summary>The maximum number of entries of a chunk: with their records they fit into a core's second-level cache.</summary>
    public const int MaxEntries = 2048;

    /// <summary>From how many entries on a chunk is passed on before another batch is opened, when batches are taken as a whole.</summary>
    private const int EnoughEntries = 512;

    private readonly ConcurrentQueue<PooledChunk> _free = new();

    /// <summary>The size of a chunk's entries in bytes.</summary>
    public static int ChunkBytes => MaxEntries * Unsafe.SizeOf<RecordEntry>();

    /// <summary>Rents an empty chunk with one reference.</summary>
    /// <param name="owner">The budget that the memory counts towards.</param>
    /// <param name="takesWholeBatches">Whether to open no more batches than are needed for a chunk that is worth passing on.</param>
    public PooledChunk Rent(IBufferBudget? owner, bool takesWholeBatches = false)
    {
        if (!_free.TryDequeue(out PooledChunk? chunk))
        {
            chunk = new PooledChunk(this);
        }

        chunk.Own(owner, takesWholeBatches ? EnoughEntries : MaxEntries);
        return chunk;
    }

    public void Return(PooledChunk chunk) => _free.Enqueue(chunk);

    public void Clear() => _free.Clear();
}
