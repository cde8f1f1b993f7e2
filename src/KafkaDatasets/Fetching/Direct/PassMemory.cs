using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>What memory a pass holds, and how much more it may ask for.</summary>
/// <param name="bytes">The bound.</param>
/// <param name="onRoom">Called when memory was given back and there is room for a response that is worth asking for.</param>
internal sealed class PassMemory(long bytes, Action onRoom) : IBufferBudget
{
    private readonly Lock _lock = new();
    private long _held;
    private long _ahead;
    private long _asked;
    private int _opened;
    private int _active;

    public long Bytes => bytes;

    /// <summary>The bound on what is fetched ahead of one segment, while others are behind.</summary>
    public long Quota => bytes / Math.Max(1, Volatile.Read(ref _active));

    public void OnBuffer(int taken)
    {
        bool isRoom;
        lock (_lock)
        {
            _held += taken;
            isRoom = taken < 0 && IsRoom;
        }

        if (isRoom)
        {
            onRoom();
        }
    }

    /// <summary>Learns how much memory batches take that are being read: the largest of late.</summary>
    public void OnOpened(int taken)
    {
        lock (_lock)
        {
            _opened = Math.Max(taken, _opened - (_opened >> 3));
        }
    }

    /// <summary>Counts segments that have something to fetch, or, negative, that have no more.</summary>
    public void OnActive(int segments)
    {
        lock (_lock)
        {
            Volatile.Write(ref _active, _active + segments);
        }
    }

    /// <summary>Counts bytes that were fetched and that nobody has begun to read, or, negative, whose reading has begun.</summary>
    /// <returns>Whether there is room for a response that is worth asking for.</returns>
    public bool OnAhead(int fetched)
    {
        lock (_lock)
        {
            _ahead += fetched;
            return IsRoom;
        }
    }

    /// <summary>What may be asked for by one who takes back what it asked for before.</summary>
    public long RoomWithout(long asked)
    {
        lock (_lock)
        {
            return Room + asked;
        }
    }

    /// <summary>Counts what is asked for and has not come, or, negative, is not asked for any more.</summary>
    public void OnAsked(long asked)
    {
        lock (_lock)
        {
            _asked += asked;
        }
    }

    /// <remarks>
    /// Each segment needs room for a batch that is being read. An eighth is for slices even where those batches fill the rest,
    /// so that fetching goes on meanwhile.
    /// </remarks>
    private long Room => Math.Max(bytes - Math.Max(_held - _ahead, (long)_opened * _active), bytes / 8) - _ahead - _asked;

    private bool IsRoom => Room >= Math.Min(bytes / 16, 2 << 20);
}
