namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>A reference-counted pooled array, shared by the slice that was received into it and the chunks that refer to parts of it.</summary>
internal sealed class SharedBuffer
{
    /// <summary>The number of extra bytes after the requested size, so that readers of small numbers need no bounds check.</summary>
    public const int Slack = 128;

    private readonly BufferPool _pool;
    private int _references;
    private IBufferBudget? _owner;

    public SharedBuffer(BufferPool pool, int size, int generation)
    {
        _pool = pool;
        Generation = generation;
        Bytes = GC.AllocateUninitializedArray<byte>(size);
    }

    public byte[] Bytes { get; }

    /// <summary>How often the pool had released all its memory when the buffer was allocated.</summary>
    public int Generation { get; }

    /// <summary>Gives the buffer one reference, which the caller owns.</summary>
    /// <param name="owner">The budget that the memory counts towards.</param>
    public void Own(IBufferBudget? owner)
    {
        _owner = owner;
        Volatile.Write(ref _references, 1);
        owner?.OnBuffer(Bytes.Length);
    }

    public void AddReference() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            IBufferBudget? owner = _owner;
            _owner = null;
            _pool.Return(this);
            owner?.OnBuffer(-Bytes.Length);
        }
    }
}
