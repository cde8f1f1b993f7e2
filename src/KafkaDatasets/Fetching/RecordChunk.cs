using System.Buffers;

namespace KafkaDatasets.Fetching;

/// <summary>Consecutive records of one partition in pooled memory: the bytes, and where each record is in them.</summary>
/// <remarks>
/// It is shared by those who decode parts of it, and reference-counted: the last <see cref="Release"/> returns it to its owner.
/// An engine adds only records that are rows: no control records, none of aborted transactions, none outside the range,
/// none with a null value. A chunk may have no records, just to move the position.
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

    /// <summary>The number of bytes of <see cref="Bytes"/> in use.</summary>
    public int ByteCount { get; set; }

    public RecordEntry[] Entries { get; set; } = [];

    /// <summary>The number of <see cref="Entries"/> in use; their offsets ascend.</summary>
    public int Count { get; set; }

    /// <summary>The partition's position after this chunk: every offset below it is in this chunk or an earlier one, or has no row.</summary>
    public long NextOffset { get; set; }

    /// <summary>Whether more records of the same batch follow in the next chunk: its memory is in use until they are read.</summary>
    public bool HasMore { get; set; }

    /// <summary>Makes the caller the chunk's only owner, with one reference.</summary>
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

    /// <summary>The key; empty when it is null.</summary>
    public ReadOnlySpan<byte> Key(in RecordEntry entry) => entry.KeyLength < 0 ? default : new(Bytes, entry.KeyStart, entry.KeyLength);

    /// <summary>Ensures room for <paramref name="bytes"/> more bytes.</summary>
    public void EnsureBytes(int bytes) => Bytes = Grow(Bytes, ByteCount, checked(ByteCount + bytes));

    /// <summary>Ensures room for one more entry.</summary>
    public void EnsureEntry() => Entries = Grow(Entries, Count, Count + 1);

    /// <summary>Returns the arrays to the shared pool.</summary>
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
