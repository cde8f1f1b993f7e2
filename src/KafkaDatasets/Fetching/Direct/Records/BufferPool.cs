using System.Numerics;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>The memory of an engine's passes: what is in use, and what waits for its next use.</summary>
/// <remarks>
/// In all it has no more than the passes that run may hold, or than they had in use at one time where that was more.
/// When no pass has run for a while, it has nothing.
/// </remarks>
internal sealed class BufferPool : IDisposable
{
    private const int LeastShift = 14;
    private const int Classes = (30 - LeastShift) * 4;

    /// <summary>An array up to so many classes larger than needed, which is less than twice as large, is taken rather than a new one made.</summary>
    private const int Reach = 4;

    /// <summary>The same where a new one would be too much.</summary>
    private const int FarReach = 16;

    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(15);
    private readonly Lock _lock = new();
    private readonly Stack<SharedBuffer>?[] _idle = new Stack<SharedBuffer>?[Classes];
    private readonly ITimer _timer;
    private long _limit;
    private long _inUse;
    private long _mostInUse;
    private long _idleBytes;
    private int _passes;
    private bool _disposed;

    public BufferPool(TimeProvider timeProvider)
    {
        _timer = timeProvider.CreateTimer(static p => ((BufferPool)p!).OnIdle(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public ChunkPool Chunks { get; } = new();

    /// <summary>The bytes in use and idle.</summary>
    public long Total
    {
        get
        {
            lock (_lock)
            {
                return _inUse + _idleBytes;
            }
        }
    }

    /// <summary>How many arrays have been made.</summary>
    public long Made { get; private set; }

    /// <summary>A pass begins.</summary>
    /// <param name="bytes">The bound on what it holds.</param>
    public void Open(long bytes)
    {
        lock (_lock)
        {
            _limit += bytes;
            if (_passes++ == 0 && !_disposed)
            {
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>A pass that was opened ends.</summary>
    public void Close(long bytes)
    {
        lock (_lock)
        {
            _limit -= bytes;
            if (--_passes > 0)
            {
                _mostInUse = _inUse;
                Trim();
            }
            else if (!_disposed)
            {
                _timer.Change(IdleTimeout, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>A buffer with one reference.</summary>
    /// <param name="size">How many bytes it has at least, besides <see cref="SharedBuffer.Slack"/>.</param>
    /// <param name="owner">Whose memory it counts as.</param>
    public SharedBuffer Rent(int size, IBufferBudget? owner)
    {
        SharedBuffer buffer = Take(checked(size + SharedBuffer.Slack));
        buffer.Own(owner);
        return buffer;
    }

    public void Return(SharedBuffer buffer)
    {
        int length = buffer.Bytes.Length;
        lock (_lock)
        {
            _inUse -= length;
            int index = ClassOf(length);
            if (!_disposed && index < Classes && _inUse + _idleBytes + length <= Most)
            {
                (_idle[index] ??= new Stack<SharedBuffer>()).Push(buffer);
                _idleBytes += length;
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _timer.Dispose();
            DropIdle();
        }
    }

    private long Most => Math.Max(_limit, _mostInUse);

    /// <summary>Arrays come in sizes of 4 to 7 times a power of two.</summary>
    private static int ClassOf(int size)
    {
        if (size <= 1 << LeastShift)
        {
            return 0;
        }

        int log = BitOperations.Log2((uint)(size - 1));
        return ((log - LeastShift) * 4) + (((size - 1) >> (log - 2)) & 3) + 1;
    }

    private static int SizeOf(int index) => (4 + (index & 3)) << (LeastShift - 2 + (index >> 2));

    private SharedBuffer Take(int size)
    {
        int index = ClassOf(size);
        lock (_lock)
        {
            int length = index < Classes ? SizeOf(index) : size;
            int reach = _inUse + _idleBytes + length <= Most ? Reach : FarReach;
            for (int i = index; i < Math.Min(index + reach, Classes); i++)
            {
                if (_idle[i] is { Count: > 0 } stack)
                {
                    SharedBuffer buffer = stack.Pop();
                    _idleBytes -= buffer.Bytes.Length;
                    Use(buffer.Bytes.Length);
                    return buffer;
                }
            }

            Use(length);
            Trim();
            Made++;
            return new SharedBuffer(this, length);
        }
    }

    private void Use(int length)
    {
        _inUse += length;
        _mostInUse = Math.Max(_mostInUse, _inUse);
    }

    /// <summary>Drops idle arrays, the smallest first, since the larger ones serve more, as long as there is too much.</summary>
    private void Trim()
    {
        for (int i = 0; i < Classes && _inUse + _idleBytes > Most; i++)
        {
            while (_inUse + _idleBytes > Most && _idle[i] is { Count: > 0 } stack)
            {
                _idleBytes -= stack.Pop().Bytes.Length;
            }
        }
    }

    private void OnIdle()
    {
        lock (_lock)
        {
            if (_passes == 0)
            {
                DropIdle();
            }
        }
    }

    private void DropIdle()
    {
        Array.Clear(_idle);
        _idleBytes = 0;
        _mostInUse = _inUse;
        Chunks.Clear();
    }
}
