using System.Buffers.Binary;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Decompresses snappy as used in record batches: one raw block, or xerial's snappy-java framing around raw blocks.</summary>
internal static class SnappyFormat
{
    private const int FramedHeaderSize = 16;

    private static ReadOnlySpan<byte> FramedMagic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    /// <summary>The decompressed length.</summary>
    /// <exception cref="BatchFault">The bytes are malformed.</exception>
    public static long Measure(ReadOnlySpan<byte> source)
    {
        if (!source.StartsWith(FramedMagic))
        {
            return SnappyBlock.ReadLength(ref source);
        }

        long length = 0;
        for (int at = FramedHeaderSize; at < source.Length;)
        {
            ReadOnlySpan<byte> block = source.Slice(at + 4, BlockLength(source, at));
            at += 4 + block.Length;
            length += SnappyBlock.ReadLength(ref block);
        }

        return length;
    }

    /// <summary>Decompresses to the length from <see cref="Measure"/>; both arrays must have <see cref="SharedBuffer.Slack"/>.</summary>
    public static void Decompress(byte[] source, int start, int length, byte[] target, int targetStart)
    {
        var span = new ReadOnlySpan<byte>(source, start, length);
        if (!span.StartsWith(FramedMagic))
        {
            DecompressBlock(source, start, length, target, targetStart);
            return;
        }

        for (int at = FramedHeaderSize; at < length;)
        {
            int blockLength = BlockLength(span, at);
            targetStart += DecompressBlock(source, start + at + 4, blockLength, target, targetStart);
            at += 4 + blockLength;
        }
    }

    private static int DecompressBlock(byte[] source, int start, int length, byte[] target, int targetStart)
    {
        var tags = new ReadOnlySpan<byte>(source, start, length);
        int written = SnappyBlock.ReadLength(ref tags);
        SnappyBlock.Decompress(source, start + length - tags.Length, tags.Length, target, targetStart, written);
        return written;
    }

    private static int BlockLength(ReadOnlySpan<byte> source, int at)
    {
        int length = source.Length - at >= 4 ? BinaryPrimitives.ReadInt32BigEndian(source[at..]) : -1;
        return length > 0 && length <= source.Length - at - 4 ? length : throw new BatchFault("its Snappy frames are malformed");
    }
}
