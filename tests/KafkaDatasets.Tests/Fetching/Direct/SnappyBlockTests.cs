using CsCheck;
using KafkaDatasets.Fetching.Direct.Records;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

public class SnappyBlockTests
{
    /// <summary>Bytes with runs and repetitions of every distance, so that every kind of tag occurs.</summary>
    private static readonly Gen<byte[]> Repetitive = Gen.Select(Gen.Int[0, 200_000], Gen.Int, Gen.Int[1, 300]).Select((length, seed, spread) =>
    {
        var random = new Random(seed);
        byte[] bytes = new byte[length];
        for (int at = 0; at < length;)
        {
            int run = Math.Min(length - at, random.Next(1, 200));
            int distance = Math.Min(at, random.Next(1, random.Next(4) == 0 ? 100_000 : spread + 1));
            for (int i = 0; i < run; i++, at++)
            {
                bytes[at] = distance > 0 && run % 3 != 0 ? bytes[at - distance] : (byte)random.Next(256);
            }
        }

        return bytes;
    });

    [Fact]
    public void Decompresses_what_Snappier_compresses() =>
        Repetitive.Sample(bytes => Decompress(Snappier.Snappy.CompressToArray(bytes)).AsSpan().SequenceEqual(bytes), iter: 200);

    [Fact]
    public void A_copy_with_an_offset_of_four_bytes_is_read()
    {
        byte[] block = [5, 0 << 2, 7, (3 << 2) | 3, 1, 0, 0, 0];

        Assert.Equal([7, 7, 7, 7, 7], Decompress(block));
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 })]
    [InlineData(new byte[] { 5, 0x10, 1, 2 })]
    [InlineData(new byte[] { 4, 0x01, 0x01 })]
    [InlineData(new byte[] { 5, 0, 7, 0x01, 0x02 })]
    [InlineData(new byte[] { 5, 0, 7, 0x01, 0x00 })]
    [InlineData(new byte[] { 1, 0, 7, 0 })]
    [InlineData(new byte[] { 2, 0, 7 })]
    [InlineData(new byte[] { 2, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 9, 0, 7, 0x0F, 0xFF, 0xFF, 0xFF, 0xFF })]
    public void A_malformed_block_is_a_fault(byte[] block) => Assert.Throws<BatchFault>(() => Decompress(block));

    private static byte[] Decompress(byte[] block)
    {
        ReadOnlySpan<byte> tags = block;
        int length = SnappyBlock.ReadLength(ref tags);
        byte[] target = new byte[length + SharedBuffer.Slack];
        byte[] source = [.. tags, .. new byte[SharedBuffer.Slack]];
        SnappyBlock.Decompress(source, 0, tags.Length, target, 0, length);
        return target[..length];
    }
}
