namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>A chunk, and the shared buffer that contains its records.</summary>
internal sealed class PooledChunk
{
    private readonly ChunkPool _pool;
    private IBufferBudget? _owner;
    private int _most;

    public PooledChunk(ChunkPool pool)
    {
        _pool = pool;
        Chunk = new RecordChunk(0, Released) { Entries = new RecordEntry[ChunkPool.MaxEntries] };
    }

    public RecordChunk Chunk { get; }

    public SharedBuffer? Buffer { get; private set; }

    public bool IsFull => Chunk.Count >= _most;

    /// <summary>The entries that can still be added.</summary>
    public Span<RecordEntry> Room => Chunk.Entries.AsSpan(Chunk.Count, _most - Chunk.Count);

    /// <summary>Empties the chunk, and gives it one reference, which the caller owns.</summary>
    /// <param name="owner">The budget that the memory counts towards.</param>
    /// <param name="most">The maximum number of entries.</param>
    public void Own(IBufferBudget? owner, int most)
    {
        _most = Math.Min(most, Chunk.Entries.Length);
        _owner = owner;
        Chunk.Count = 0;
        Chunk.ByteCount = 0;
        Chunk.Own();
        owner?.OnBuffer(ChunkPool.ChunkBytes);
    }

    /// <summary>Makes the chunk refer to records in the buffer; returns false when it already refers to another one.</summary>
    public bool TryShow(SharedBuffer buffer)
    {
        if (Buffer is null)
        {
            buffer.AddReference();
            Buffer = buffer;
            Chunk.Bytes = buffer.Bytes;
            Chunk.ByteCount = buffer.Bytes.Length;
        }

        return ReferenceEquals(Buffer, buffer);
    }

    private void Released(RecordChunk chunk)
    {
        IBufferBudget? owner = _owner;
        _owner = null;
        Buffer?.Release();
        Buffer = null;
        chunk.Bytes = [];
        _pool.Return(this);
        owner?.OnBuffer(-ChunkPool.ChunkBytes);
    }
}
