namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>A pooled array that is counted: by the slice that was received into it, and by the chunks that show parts of it.</summary>
internal sealed class SharedBuffer
{
    /// <summary>How many bytes there are after what is asked for, so that readers of small numbers need not look where the end is.</summary>
    public const int Slack = 128;

    private readonly BufferPool _pool;
    private int _references;
    private IBufferBudget? _owner;

    public SharedBuffer(BufferPool pool, int size)
    {
        _pool = pool;
        Bytes = GC.AllocateUninitializedArray<byte>(size);
    }

    public byte[] Bytes { get; }

    /// <summary>Gives it one reference, which is the caller's.</summary>
    /// <param name="owner">Whose memory it counts as.</param>
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
