using System.IO.Compression;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Decompresses gzip with one stream for all batches, which appear to it as the members of one endless gzip file.</summary>
internal sealed class GzipDecompressor : IDisposable
{
    private readonly Members _members = new();
    private GZipStream? _gzip;

    /// <summary>Decompresses one member; returns its decompressed length.</summary>
    /// <exception cref="InvalidDataException">The member is malformed.</exception>
    /// <exception cref="BatchFault">The decompressed data exceeds the room.</exception>
    public int Decompress(byte[] source, int start, int length, Span<byte> room)
    {
        if (_gzip is not null && TryGoOn(_gzip, source, start, length, room))
        {
            return room.Length;
        }

        _gzip?.Dispose();
        _gzip = new GZipStream(_members, CompressionMode.Decompress, leaveOpen: true);
        return Read(_gzip, source, start, length, room);
    }

    public void Dispose() => _gzip?.Dispose();

    /// <summary>Whether the stream returns the expected data, which it does not after a malformed member has left it in an undefined state.</summary>
    private bool TryGoOn(GZipStream gzip, byte[] source, int start, int length, Span<byte> room)
    {
        try
        {
            return Read(gzip, source, start, length, room) == room.Length;
        }
        catch (Exception e) when (e is InvalidDataException or BatchFault)
        {
            return false;
        }
    }

    private int Read(GZipStream gzip, byte[] source, int start, int length, Span<byte> room)
    {
        _members.Set(source, start, length);
        int written = gzip.ReadAtLeast(room, room.Length, throwOnEndOfStream: false);
        if (gzip.ReadByte() >= 0)
        {
            throw new BatchFault("its gzip data decompresses to more bytes than its trailer states");
        }

        _members.Set([], 0, 0);
        return written;
    }

    private sealed class Members : Stream
    {
        private byte[] _bytes = [];
        private int _at;
        private int _end;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Set(byte[] bytes, int start, int length)
        {
            _bytes = bytes;
            _at = start;
            _end = start + length;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, _end - _at);
            _bytes.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
