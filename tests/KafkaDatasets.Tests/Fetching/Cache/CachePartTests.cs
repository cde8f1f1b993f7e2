using System.Text;
using KafkaDatasets.Fetching.Cache;
using KafkaDatasets.Fetching.Direct.Records;
using KafkaDatasets.Tests.Fetching.Direct;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Cache;

/// <summary>The checksum of a part together with those of its batches covers every bit.</summary>
public sealed class CachePartTests
{
    private static byte[] Batches =>
    [
        .. TestBatch.Of(100, CompressionCodec.None, "first"u8.ToArray(), "second"u8.ToArray()).ToBytes(),
        .. TestBatch.Of(110, CompressionCodec.Snappy, Encoding.UTF8.GetBytes(new string('x', 300))).ToBytes(),
    ];

    [Fact]
    public void Each_flipped_bit_is_found()
    {
        byte[] bytes = Batches;
        CachePart part = CachePart.Of(bytes)!.Value;
        for (int bit = 0; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(part, CachePart.Of(bytes));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.Equal(part, CachePart.Of(bytes));
    }

    [Fact]
    public void Bytes_that_end_anywhere_are_another_part()
    {
        byte[] bytes = Batches;
        CachePart part = CachePart.Of(bytes)!.Value;
        for (int length = 1; length < bytes.Length; length++)
        {
            Assert.NotEqual(part, CachePart.Of(bytes.AsSpan(0, length)));
        }
    }
}
