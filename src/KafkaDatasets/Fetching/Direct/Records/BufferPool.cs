using System.Numerics;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>The memory of passes: the buffers in use, and the idle ones kept for reuse. All datasets of the process share one, so that opening another costs no memory.</summary>
/// <remarks>
/// The total is at most what the running passes may hold together, or, if that is more, the most they had in use at any time.
/// After no pass has run for a while, all idle memory is released.
/// </remarks>
internal sealed class BufferPool : IDisposable
{
    private const int LeastShift = 14;
    private const int Classes = (30 - LeastShift) * 4;

    /// <summary>An idle array up to this many size classes larger than needed (less than twice as large) is reused rather than a new one allocated.</summary>
    private const int Reach = 4;

    /// <summary>The same limit when a new array would exceed the maximum, or when most of the memory is idle.</summary>
    private const int FarReach = 16;

    /// <summary>A pass holds a little more than its maximum, by the responses that are under way at that time; this share of the maximum is kept for the next one.</summary>
    private const int OvershootShare = 8;

    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(15);
    private readonly Lock _lock = new();
    private readonly Stack<SharedBuffer>?[] _idle = new Stack<SharedBuffer>?[Classes];
    private readonly ITimer _timer;
    private long _limit;
    private long _inUse;
    private long _mostInUse;
    private long _idleBytes;
    private int _passes;
    private int _generation;
    private bool _disposed;

    public BufferPool(TimeProvider timeProvider)
    {
        _timer = timeProvider.CreateTimer(static p => ((BufferPool)p!).OnIdle(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The pool of the process.</summary>
    public static BufferPool Shared { get; } = new(TimeProvider.System);

    public ChunkPool Chunks { get; } = new();

    /// <summary>The number of bytes in use and idle.</summary>
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

    /// <summary>The number of arrays that have been allocated.</summary>
    public long Made { get; private set; }

    /// <summary>Begins a pass.</summary>
    /// <param name="bytes">The maximum number of bytes that it holds.</param>
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

    /// <summary>Ends a pass.</summary>
    public void Close(long bytes)
    {
        lock (_lock)
        {
            _limit -= bytes;
            if (--_passes > 0)
            {
                _mostInUse = Math.Max(_inUse, Math.Min(_mostInUse, _limit + (_limit / OvershootShare)));
                Trim();
            }
            else if (!_disposed)
            {
                _timer.Change(IdleTimeout, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Rents a buffer with one reference.</summary>
    /// <param name="size">The minimum number of bytes, not counting <see cref="SharedBuffer.Slack"/>.</param>
    /// <param name="owner">The budget that the memory counts towards.</param>
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
            if (buffer.Generation != _generation)
            {
                return; // no longer counted
            }

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

    /// <summary>The size class of an array: sizes are 4 to 7 times a power of two.</summary>
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
            int reach = _inUse + _idleBytes + length <= Most && _idleBytes < _inUse ? Reach : FarReach;
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
            return new SharedBuffer(this, length, _generation);
        }
    }

    private void Use(int length)
    {
        _inUse += length;
        _mostInUse = Math.Max(_mostInUse, _inUse);
    }

    /// <summary>Drops idle arrays until the total is within the limit, smallest first, because larger ones are more useful.</summary>
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
        _inUse = 0; // what is still held although no pass runs is left to the garbage collector
        _mostInUse = 0;
        _generation++;
        Chunks.Clear();
    }
}
