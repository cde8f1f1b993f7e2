using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Fetching.Direct.Records;
using Microsoft.Win32.SafeHandles;

namespace KafkaDatasets.Fetching.Cache;

/// <summary>Reads one cache file from an offset onwards, part by part.</summary>
internal sealed class CacheReader : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly CacheHeader _header;
    private long _at;
    private int _next;

    private CacheReader(SafeFileHandle handle, CacheHeader header, CacheFile file, long offset)
    {
        _handle = handle;
        _header = header;
        File = file;
        _at = header.Size;
        while (_next + 1 < header.Parts.Length && header.Parts[_next + 1].FirstOffset <= offset)
        {
            _at += header.Parts[_next++].Length;
        }
    }

    public CacheFile File { get; }

    /// <summary>Whether there is another part.</summary>
    public bool HasNext => _next < _header.Parts.Length;

    /// <summary>The offset up to which the parts read so far are complete.</summary>
    public long Covered => HasNext ? Math.Min(_header.Parts[_next].FirstOffset, _header.End) : _header.End;

    /// <summary>Opens a file; returns null when it is damaged.</summary>
    /// <exception cref="IOException">The file no longer exists, or cannot be read.</exception>
    public static CacheReader? Open(CacheFile file, Guid topicId, int partition, long offset)
    {
        SafeFileHandle handle = System.IO.File.OpenHandle(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        try
        {
            if (ReadHeader(handle) is { } header
                && header.TopicId == topicId
                && header.Partition == partition
                && header.Start == file.Start
                && header.End == file.End
                && header.Size + header.Parts.Sum(static p => (long)p.Length) == RandomAccess.GetLength(handle))
            {
                var reader = new CacheReader(handle, header, file, offset);
                handle = null!;
                return reader;
            }

            return null;
        }
        finally
        {
            handle?.Dispose();
        }
    }

    /// <summary>Reads the next part; returns null when it is damaged.</summary>
    /// <param name="buffers">The pool to take memory from.</param>
    /// <param name="budget">The budget that the memory counts towards.</param>
    /// <param name="from">The first offset wanted: those below it are skipped.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public FetchedSlice? Read(BufferPool buffers, IBufferBudget budget, long from)
    {
        CachePart part = _header.Parts[_next];
        SharedBuffer? buffer = buffers.Rent(part.Length, budget);
        try
        {
            Span<byte> bytes = buffer.Bytes.AsSpan(0, part.Length);
            if (!TryFill(_handle, bytes, _at) || CachePart.Of(bytes) != part)
            {
                return null;
            }

            _at += part.Length;
            _next++;
            long first = Math.Max(from, part.FirstOffset);
            AbortedTransaction[] aborted =
            [
                // a marker that is not read cannot end its transaction, because a later one of the same producer may be committed
                .. _header.Aborts.Where(a => a.LastOffset >= first).Select(a => new AbortedTransaction(a.ProducerId, a.FirstOffset)),
            ];
            var slice = new FetchedSlice(buffer, part.Length, aborted.Length == 0 ? null : aborted, from, Covered, IsChecked: true);
            buffer = null;
            return slice;
        }
        finally
        {
            buffer?.Release();
        }
    }

    public void Dispose() => _handle.Dispose();

    private static CacheHeader? ReadHeader(SafeFileHandle handle)
    {
        Span<byte> prefix = stackalloc byte[CacheHeader.PrefixSize];
        if (!TryFill(handle, prefix, 0) || CacheHeader.ReadSize(prefix) is not (> 0 and var size) || size > RandomAccess.GetLength(handle))
        {
            return null;
        }

        byte[] bytes = new byte[size];
        return TryFill(handle, bytes, 0) ? CacheHeader.Read(bytes) : null;
    }

    private static bool TryFill(SafeFileHandle handle, Span<byte> target, long at)
    {
        while (!target.IsEmpty)
        {
            int read = RandomAccess.Read(handle, target, at);
            if (read == 0)
            {
                return false;
            }

            target = target[read..];
            at += read;
        }

        return true;
    }
}
