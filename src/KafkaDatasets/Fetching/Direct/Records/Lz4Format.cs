using System.Buffers.Binary;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Decompresses one LZ4 frame (lz4_Frame_format.md of lz4/lz4) without verifying its checksums, because the batch's checksum covers them.</summary>
internal static class Lz4Format
{
    private const uint Magic = 0x184D2204;
    private const uint IsStored = 0x80000000;

    /// <summary>An upper bound on the decompressed length.</summary>
    /// <exception cref="BatchFault">The bytes are malformed.</exception>
    public static long Measure(ReadOnlySpan<byte> source)
    {
        var frame = Frame.Read(source);
        long length = 0;
        foreach (Block block in new Blocks(source, frame))
        {
            length += block.IsStored ? block.Bytes.Length : frame.MaxBlockSize;
        }

        return frame.ContentSize is { } size && size < length ? size : length;
    }

    /// <summary>Decompresses; both arrays must have <see cref="SharedBuffer.Slack"/>.</summary>
    /// <param name="source">The array that contains the frame.</param>
    /// <param name="start">Where the frame starts.</param>
    /// <param name="length">The length of the frame.</param>
    /// <param name="target">The array to write to.</param>
    /// <param name="targetStart">Where to write.</param>
    /// <param name="room">The most bytes that may result.</param>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="BatchFault">The bytes are malformed.</exception>
    public static int Decompress(byte[] source, int start, int length, byte[] target, int targetStart, int room)
    {
        var bytes = new ReadOnlySpan<byte>(source, start, length);
        var frame = Frame.Read(bytes);
        int written = 0;
        foreach (Block block in new Blocks(bytes, frame))
        {
            if (block.IsStored)
            {
                block.Bytes.CopyTo(target.AsSpan(targetStart + written, room - written));
                written += block.Bytes.Length;
                continue;
            }

            written += Lz4Block.Decompress(
                source, start + block.Start, block.Bytes.Length, target, targetStart + written, Math.Min(room - written, frame.MaxBlockSize), before: frame.IsLinked ? written : 0);
        }

        return written;
    }

    private static BatchFault Malformed() => new("its LZ4 frame is malformed");

    private readonly ref struct Block(int start, ReadOnlySpan<byte> bytes, bool isStored)
    {
        /// <summary>Where in the frame it starts.</summary>
        public int Start { get; } = start;

        public ReadOnlySpan<byte> Bytes { get; } = bytes;

        public bool IsStored { get; } = isStored;
    }

    private readonly record struct Frame(int Start, int MaxBlockSize, bool IsLinked, bool HasBlockChecksums, long? ContentSize)
    {
        public static Frame Read(ReadOnlySpan<byte> source)
        {
            if (source.Length < 7 || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic || source[4] >> 6 != 1)
            {
                throw Malformed();
            }

            int flags = source[4];
            int sizeCode = (source[5] >> 4) & 7;
            bool hasSize = (flags & 8) != 0;
            bool hasDictionary = (flags & 1) != 0;
            int start = 7 + (hasSize ? 8 : 0);
            if (hasDictionary || sizeCode < 4 || source.Length < start)
            {
                throw Malformed();
            }

            long? size = hasSize ? BinaryPrimitives.ReadInt64LittleEndian(source[6..]) : null;
            return size < 0 ? throw Malformed() : new Frame(start, 1 << (8 + (2 * sizeCode)), (flags & 32) == 0, (flags & 16) != 0, size == 0 ? null : size);
        }
    }

    private ref struct Blocks(ReadOnlySpan<byte> source, Frame frame)
    {
        private readonly ReadOnlySpan<byte> _source = source;
        private readonly int _trailer = frame.HasBlockChecksums ? 4 : 0;
        private int _at = frame.Start;
        private Block _current;

        public readonly Block Current => _current;

        public readonly Blocks GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_source.Length - _at < 4)
            {
                throw Malformed();
            }

            uint word = BinaryPrimitives.ReadUInt32LittleEndian(_source[_at..]);
            if (word == 0)
            {
                return false;
            }

            uint length = word & ~IsStored;
            _at += 4;
            if (length == 0 || length > _source.Length - _at - _trailer)
            {
                throw Malformed();
            }

            _current = new Block(_at, _source.Slice(_at, (int)length), (word & IsStored) != 0);
            _at += (int)length + _trailer;
            return true;
        }
    }
}
