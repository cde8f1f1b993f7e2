using System.Buffers.Binary;
using System.Collections.Concurrent;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Decompresses the records of batches, keeping codec state for reuse; thread-safe.</summary>
internal sealed class Decompressor : IDisposable
{
    private readonly int _maxBytes;
    private readonly ConcurrentQueue<GzipDecompressor> _gzip = new();
    private readonly ConcurrentQueue<ZstdDecompressor> _zstd = new();

    /// <param name="maxBytes">The maximum number of bytes that the records of one batch may take.</param>
    public Decompressor(int maxBytes)
    {
        _maxBytes = maxBytes;
    }

    /// <summary>An upper bound on the decompressed length.</summary>
    /// <exception cref="BatchFault">The bytes are malformed, or would decompress to too many.</exception>
    public int Measure(CompressionCodec codec, ReadOnlySpan<byte> source)
    {
        long length;
        try
        {
            length = codec switch
            {
                CompressionCodec.Gzip => source.Length >= 18 ? BinaryPrimitives.ReadUInt32LittleEndian(source[^4..]) : throw new BatchFault("its gzip data is too short"),
                CompressionCodec.Snappy => SnappyFormat.Measure(source),
                CompressionCodec.Lz4 => Lz4Format.Measure(source),
                CompressionCodec.Zstd => (long)Math.Min(long.MaxValue, ZstdSharp.Decompressor.GetDecompressedSize(source)),
                _ => throw new BatchFault($"its compression codec {(int)codec} is unknown"),
            };
        }
        catch (Exception e) when (e is not BatchFault)
        {
            throw Malformed(codec, e);
        }

        if (length <= _maxBytes)
        {
            return (int)length;
        }

        // Without a content size, the bound comes from the block sizes: the batch may well fit.
        return codec is CompressionCodec.Zstd or CompressionCodec.Lz4
            ? _maxBytes
            : throw TooLong(codec, FormattableString.Invariant($"{length} bytes, which is"));
    }

    /// <summary>Decompresses into a buffer with room for the result of <see cref="Measure"/>; returns the actual length.</summary>
    /// <exception cref="BatchFault">The bytes are malformed.</exception>
    public int Decompress(CompressionCodec codec, byte[] source, int start, int length, byte[] target, int targetStart, int measured)
    {
        try
        {
            var room = new Span<byte>(target, targetStart, measured);
            switch (codec)
            {
                case CompressionCodec.Gzip:
                    return DecompressGzip(source, start, length, room);
                case CompressionCodec.Snappy:
                    SnappyFormat.Decompress(source, start, length, target, targetStart);
                    return measured;
                case CompressionCodec.Lz4:
                    return Lz4Format.Decompress(source, start, length, target, targetStart, measured);
                default:
                    return DecompressZstd(new ReadOnlySpan<byte>(source, start, length), room);
            }
        }
        catch (Exception e) when (e is not BatchFault || measured == _maxBytes)
        {
            throw measured == _maxBytes ? TooLong(codec, "", e) : Malformed(codec, e);
        }
    }

    public void Dispose()
    {
        while (_gzip.TryDequeue(out GzipDecompressor? gzip))
        {
            gzip.Dispose();
        }

        while (_zstd.TryDequeue(out ZstdDecompressor? zstd))
        {
            zstd.Dispose();
        }
    }

    private int DecompressGzip(byte[] source, int start, int length, Span<byte> room)
    {
        GzipDecompressor gzip = _gzip.TryDequeue(out GzipDecompressor? idle) ? idle : new GzipDecompressor();
        try
        {
            return gzip.Decompress(source, start, length, room);
        }
        finally
        {
            _gzip.Enqueue(gzip);
        }
    }

    private int DecompressZstd(ReadOnlySpan<byte> source, Span<byte> room)
    {
        ZstdDecompressor zstd = _zstd.TryDequeue(out ZstdDecompressor? idle) ? idle : new ZstdDecompressor();
        try
        {
            return zstd.Decompress(source, room);
        }
        finally
        {
            _zstd.Enqueue(zstd);
        }
    }

    private BatchFault TooLong(CompressionCodec codec, string length, Exception? cause = null) =>
        new(FormattableString.Invariant($"its {codec} bytes decompress to {length} more than receive.message.max.bytes = {_maxBytes}: raise that in {nameof(KafkaDatasetOptions.ClientConfig)}").Replace("  ", " ", StringComparison.Ordinal), cause);

    private static BatchFault Malformed(CompressionCodec codec, Exception e) => new($"its {codec} bytes are malformed: {e.Message}", e);
}
