using System.Buffers;

namespace KafkaDatasets.Fetching;

/// <summary>
/// Consecutive records of one partition in pooled memory: the bytes and where each record lies in them.
/// It is shared by those who decode parts of it, and counted: the last <see cref="Release"/> gives it back to its owner.
/// </summary>
/// <remarks>
/// An engine puts in only records that are rows: no control records, none of aborted transactions, none outside the range,
/// none with a null value. A chunk may hold no record at all, to move the position.
/// </remarks>
internal sealed class RecordChunk
{
    private readonly Action<RecordChunk> _onReleased;
    private int _references;

    public RecordChunk(int partition, Action<RecordChunk> onReleased)
    {
        Partition = partition;
        _onReleased = onReleased;
    }

    /// <summary>The partition's number.</summary>
    public int Partition { get; set; }

    public byte[] Bytes { get; set; } = [];

    /// <summary>How many of <see cref="Bytes"/> are in use.</summary>
    public int ByteCount { get; set; }

    public RecordEntry[] Entries { get; set; } = [];

    /// <summary>How many of <see cref="Entries"/> are in use; their offsets ascend.</summary>
    public int Count { get; set; }

    /// <summary>The partition's position after this chunk: every offset below it is in this chunk, in an earlier one, or has no row.</summary>
    public long NextOffset { get; set; }

    /// <summary>Makes the chunk the caller's alone, with one reference.</summary>
    public void Own() => Volatile.Write(ref _references, 1);

    public void AddReference() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            _onReleased(this);
        }
    }

    public ReadOnlySpan<byte> Value(in RecordEntry entry) => new(Bytes, entry.ValueStart, entry.ValueLength);

    /// <summary>The key; empty where it is null.</summary>
    public ReadOnlySpan<byte> Key(in RecordEntry entry) => entry.KeyLength < 0 ? default : new(Bytes, entry.KeyStart, entry.KeyLength);

    /// <summary>Makes room for <paramref name="bytes"/> more bytes.</summary>
    public void EnsureBytes(int bytes) => Bytes = Grow(Bytes, ByteCount, checked(ByteCount + bytes));

    /// <summary>Makes room for one more entry.</summary>
    public void EnsureEntry() => Entries = Grow(Entries, Count, Count + 1);

    /// <summary>Gives the arrays back to the shared pool.</summary>
    public void ReturnArrays()
    {
        Return(Bytes);
        Return(Entries);
        Bytes = [];
        Entries = [];
        ByteCount = 0;
        Count = 0;
    }

    private static T[] Grow<T>(T[] array, int used, int needed)
    {
        if (needed <= array.Length)
        {
            return array;
        }

        T[] larger = ArrayPool<T>.Shared.Rent(Math.Max(needed, Math.Min(array.Length, int.MaxValue / 4) * 2));
        Array.Copy(array, larger, used);
        Return(array);
        return larger;
    }

    private static void Return<T>(T[] array)
    {
        if (array.Length > 0)
        {
            ArrayPool<T>.Shared.Return(array);
        }
    }
}
