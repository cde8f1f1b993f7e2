namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>A chunk, and the shared buffer that its records lie in.</summary>
internal sealed class PooledChunk
{
    private readonly ChunkPool _pool;
    private IBufferBudget? _owner;

    public PooledChunk(ChunkPool pool)
    {
        _pool = pool;
        Chunk = new RecordChunk(0, Released) { Entries = new RecordEntry[ChunkPool.MaxEntries] };
    }

    public RecordChunk Chunk { get; }

    public SharedBuffer? Buffer { get; private set; }

    public bool IsFull => Chunk.Count == Chunk.Entries.Length;

    /// <summary>Empties it, and gives it one reference, which is the caller's.</summary>
    /// <param name="owner">Whose memory it counts as.</param>
    public void Own(IBufferBudget? owner)
    {
        _owner = owner;
        Chunk.Count = 0;
        Chunk.ByteCount = 0;
        Chunk.Own();
        owner?.OnBuffer(ChunkPool.ChunkBytes);
    }

    /// <summary>Lets the chunk show records in the buffer; false where it shows another one already.</summary>
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
