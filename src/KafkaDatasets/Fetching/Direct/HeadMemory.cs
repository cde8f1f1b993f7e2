using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>Tracks how much memory a read at the head of the log holds: half of what it may hold is left for the responses that are under way.</summary>
internal sealed class HeadMemory : IBufferBudget
{
    private readonly Action _onRoom;
    private long _held;
    private int _isAwaited;

    /// <param name="bytes">The maximum, in bytes.</param>
    /// <param name="onRoom">Called when there is something that was awaited: room, or a reader that has nothing more to read.</param>
    public HeadMemory(long bytes, Action onRoom)
    {
        Bytes = bytes;
        _onRoom = onRoom;
        Chunks = new ChunkCount(this);
    }

    public long Bytes { get; }

    public long Quota => Bytes / 2;

    /// <summary>The budget of the chunks, which are with the reader until they are returned.</summary>
    public ChunkCount Chunks { get; }

    /// <summary>Whether to fetch more.</summary>
    public bool HasRoom => Interlocked.Read(ref _held) < Bytes / 2;

    /// <summary>Whether to decode more of what was fetched: also when the reader has nothing left, so that it cannot wait forever.</summary>
    public bool HasRoomForReader => HasRoom || Chunks.IsZero;

    /// <summary>Has the next change reported. What is waited for must be looked at again afterwards.</summary>
    public void Await() => Interlocked.Exchange(ref _isAwaited, 1);

    public void OnBuffer(int taken)
    {
        Interlocked.Add(ref _held, taken);
        if (taken < 0)
        {
            OnReleased();
        }
    }

    public void OnOpened(int taken)
    {
        // a batch that is being read counts as a buffer
    }

    private void OnReleased()
    {
        if (Volatile.Read(ref _isAwaited) != 0 && HasRoomForReader && Interlocked.Exchange(ref _isAwaited, 0) != 0)
        {
            _onRoom();
        }
    }

    /// <summary>Counts the chunks in use.</summary>
    internal sealed class ChunkCount(HeadMemory memory) : IBufferBudget
    {
        private int _count;

        public long Quota => memory.Quota;

        public bool IsZero => Volatile.Read(ref _count) == 0;

        public void OnBuffer(int taken)
        {
            Interlocked.Add(ref _count, Math.Sign(taken));
            memory.OnBuffer(taken);
        }

        public void OnOpened(int taken)
        {
            // nothing is decompressed into chunks
        }
    }
}
