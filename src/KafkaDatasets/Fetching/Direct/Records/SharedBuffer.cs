using System.Buffers;
using System.Collections.Concurrent;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>A pooled array that is counted: by the slice that was received into it, and by the chunks that show parts of it.</summary>
internal sealed class SharedBuffer
{
    /// <summary>How many bytes there are after what is asked for, so that readers of small numbers need not look where the end is.</summary>
    public const int Slack = 128;

    private const int MaxPooled = 256;
    private static readonly ConcurrentQueue<SharedBuffer> Pool = new();
    private static int _pooled;
    private int _references;
    private PartitionReader? _owner;

    private SharedBuffer()
    {
    }

    public byte[] Bytes { get; private set; } = [];

    /// <summary>A buffer with one reference.</summary>
    /// <param name="size">How many bytes it has at least.</param>
    /// <param name="owner">Whose memory it counts as.</param>
    public static SharedBuffer Rent(int size, PartitionReader? owner)
    {
        if (Pool.TryDequeue(out SharedBuffer? buffer))
        {
            Interlocked.Decrement(ref _pooled);
        }
        else
        {
            buffer = new SharedBuffer();
        }

        buffer.Bytes = ArrayPool<byte>.Shared.Rent(checked(size + Slack));
        buffer._owner = owner;
        Volatile.Write(ref buffer._references, 1);
        owner?.OnBuffer(buffer.Bytes.Length);
        return buffer;
    }

    public void AddReference() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0)
        {
            return;
        }

        int length = Bytes.Length;
        PartitionReader? owner = _owner;
        ArrayPool<byte>.Shared.Return(Bytes);
        Bytes = [];
        _owner = null;
        if (Interlocked.Increment(ref _pooled) <= MaxPooled)
        {
            Pool.Enqueue(this);
        }
        else
        {
            Interlocked.Decrement(ref _pooled);
        }

        owner?.OnBuffer(-length);
    }
}
