using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>Tracks how much memory a pass holds, and how much more it may request.</summary>
/// <param name="bytes">The maximum, in bytes.</param>
/// <param name="onRoom">Called when memory was released and there is room for a response worth requesting.</param>
/// <param name="takesWholeBatches">Whether batches are <see cref="Ranges.ReadOrder.TakesWholeBatches">decoded as a whole</see>, so that few are open at a time.</param>
internal sealed class PassMemory(long bytes, Action onRoom, bool takesWholeBatches = false) : IBufferBudget
{
    private readonly Lock _lock = new();
    private long _held;
    private long _ahead;
    private long _asked;
    private int _opened;
    private int _active;

    public long Bytes => bytes;

    /// <summary>The limit on what is fetched ahead for one segment while others are behind.</summary>
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

    /// <summary>Records how much memory a batch being read takes; the largest recent value counts.</summary>
    public void OnOpened(int taken)
    {
        lock (_lock)
        {
            _opened = Math.Max(taken, _opened - (_opened >> 3));
        }
    }

    /// <summary>Counts segments that have something to fetch; negative for segments that no longer do.</summary>
    public void OnActive(int segments)
    {
        lock (_lock)
        {
            Volatile.Write(ref _active, _active + segments);
        }
    }

    /// <summary>Counts bytes that were fetched but not yet read; negative when reading them begins.</summary>
    /// <returns>Whether there is room for a response worth requesting.</returns>
    public bool OnAhead(int fetched)
    {
        lock (_lock)
        {
            _ahead += fetched;
            return IsRoom;
        }
    }

    /// <summary>How much a caller may request if it withdraws its earlier request.</summary>
    public long RoomWithout(long asked)
    {
        lock (_lock)
        {
            return Room + asked;
        }
    }

    /// <summary>Counts bytes that were requested but have not arrived; negative when they are no longer requested.</summary>
    public void OnAsked(long asked)
    {
        lock (_lock)
        {
            _asked += asked;
        }
    }

    /// <remarks>
    /// Each segment needs room for the batch being read, unless batches are decoded as a whole. An eighth is reserved for slices even when those batches fill the rest,
    /// so that fetching continues meanwhile.
    /// </remarks>
    private long Room => Math.Max(bytes - Math.Max(_held - _ahead, takesWholeBatches ? 0 : (long)_opened * _active), bytes / 8) - _ahead - _asked;

    /// <remarks>When batches are decoded as a whole, each segment gets one at a time: a response is worth requesting when it has those of several segments.</remarks>
    private bool IsRoom => Room >= (takesWholeBatches ? bytes / 4 : Math.Min(bytes / 16, 2 << 20));
}
