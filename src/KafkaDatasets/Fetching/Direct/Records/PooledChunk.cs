namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>A chunk, and the shared buffer that its records lie in.</summary>
internal sealed class PooledChunk
{
    public PooledChunk()
    {
        Chunk = new RecordChunk(0, Released) { Entries = new RecordEntry[ChunkPool.MaxEntries] };
    }

    public RecordChunk Chunk { get; }

    public SharedBuffer? Buffer { get; private set; }

    public bool IsFull => Chunk.Count == Chunk.Entries.Length;

    public void Reset()
    {
        Chunk.Count = 0;
        Chunk.ByteCount = 0;
        Chunk.Own();
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
        Buffer?.Release();
        Buffer = null;
        chunk.Bytes = [];
        ChunkPool.Return(this);
    }
}
