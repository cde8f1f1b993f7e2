namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>A chunk, and the shared buffer that contains its records.</summary>
internal sealed class PooledChunk
{
    private readonly ChunkPool _pool;
    private IBufferBudget? _owner;
    private int _enough;

    public PooledChunk(ChunkPool pool)
    {
        _pool = pool;
        Chunk = new RecordChunk(0, Released) { Entries = new RecordEntry[ChunkPool.MaxEntries] };
    }

    public RecordChunk Chunk { get; }

    public SharedBuffer? Buffer { get; private set; }

    public bool IsFull => Chunk.Count == Chunk.Entries.Length;

    /// <summary>Whether to pass the chunk on before another batch is opened.</summary>
    /// <param name="isContinued">Whether the chunk began in the middle of a batch.</param>
    public bool IsEnough(bool isContinued) => Chunk.Count >= (isContinued && _enough < Chunk.Entries.Length ? 1 : _enough);

    /// <summary>The entries that can still be added.</summary>
    public Span<RecordEntry> Room => Chunk.Entries.AsSpan(Chunk.Count);

    /// <summary>Empties the chunk, and gives it one reference, which the caller owns.</summary>
    /// <param name="owner">The budget that the memory counts towards.</param>
    /// <param name="enough">From how many entries on no further batch is opened for it.</param>
    public void Own(IBufferBudget? owner, int enough)
    {
        _enough = enough;
        _owner = owner;
        Chunk.Count = 0;
        Chunk.ByteCount = 0;
        Chunk.HasMore = false;
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
