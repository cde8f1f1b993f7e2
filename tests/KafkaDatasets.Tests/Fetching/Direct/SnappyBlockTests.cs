using CsCheck;
using KafkaDatasets.Fetching.Direct.Records;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

public class SnappyBlockTests
{
    [Fact]
    public void Decompresses_what_Snappier_compresses() =>
        RepetitiveBytes.Any.Sample(bytes => Decompress(Snappier.Snappy.CompressToArray(bytes)).AsSpan().SequenceEqual(bytes), iter: 200);

    /// <summary>Any tags, most of them sound: which ones follow each other in real blocks depends on the compressor.</summary>
    [Fact]
    public void Tags_of_every_kind_mean_what_the_specification_says() => Gen.Select(Gen.Int, Gen.Int[0, 300], Gen.Bool).Sample(
        (seed, tags, hasBad) =>
        {
            byte[] block = Tags(new Random(seed), tags, hasBad ? 2 : 0);
            (byte[] expected, bool isSound) = Naive(block);
            byte[] target = [.. Enumerable.Repeat((byte)0xEE, 10 + expected.Length + SharedBuffer.Slack)];
            byte[] source = [0xF0, .. block, .. Enumerable.Repeat((byte)0xF0, SharedBuffer.Slack)];
            try
            {
                SnappyBlock.Decompress(source, 1, block.Length, target, 10, expected.Length);
                return isSound && target.AsSpan(10, expected.Length).SequenceEqual(expected) && !target.AsSpan(0, 10).ContainsAnyExcept((byte)0xEE);
            }
            catch (BatchFault)
            {
                return !isSound;
            }
        },
        iter: 2000);

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

    private static byte[] Tags(Random random, int count, int percentBad)
    {
        var block = new List<byte>();
        int written = 0;
        for (int i = 0; i < count; i++)
        {
            int offset = random.Next(100) < percentBad ? random.Next(100_000) : 1 + random.Next(Math.Max(1, Math.Min(written, random.Next(2) == 0 ? 70 : 60_000)));
            switch (written == 0 ? 0 : random.Next(5))
            {
                case 0:
                    int length = 1 + random.Next(random.Next(4) == 0 ? 70_000 : random.Next(2) == 0 ? 300 : 20);
                    int extra = length <= 60 && random.Next(10) != 0 ? 0 : length <= 256 ? random.Next(1, 5) : length <= 65_536 ? random.Next(2, 5) : random.Next(3, 5);
                    block.Add((byte)((extra == 0 ? length - 1 : 59 + extra) << 2));
                    for (int at = 0; at < extra; at++)
                    {
                        block.Add((byte)((length - 1) >> (8 * at)));
                    }

                    byte[] literal = new byte[length];
                    random.NextBytes(literal);
                    block.AddRange(literal);
                    written += length;
                    break;
                case 1 when offset < 2048:
                    length = random.Next(4, 12);
                    block.AddRange([(byte)(1 | ((length - 4) << 2) | ((offset >> 8) << 5)), (byte)offset]);
                    written += length;
                    break;
                case 2 when random.Next(4) == 0:
                    length = random.Next(1, 65);
                    block.AddRange([(byte)(3 | ((length - 1) << 2)), (byte)offset, (byte)(offset >> 8), (byte)(offset >> 16), 0]);
                    written += length;
                    break;
                default:
                    length = random.Next(1, 65);
                    block.AddRange([(byte)(2 | ((length - 1) << 2)), (byte)offset, (byte)(offset >> 8)]);
                    written += length;
                    break;
            }
        }

        return [.. random.Next(100) < percentBad ? block.Take(random.Next(block.Count)) : block];
    }

    /// <summary>Decompresses byte by byte, as far as the tags are sound.</summary>
    private static (byte[] Bytes, bool IsSound) Naive(byte[] block)
    {
        var written = new List<byte>();
        for (int at = 0; at < block.Length;)
        {
            int tag = block[at++];
            int length = (tag >> 2) + 1;
            int extra = (tag & 3) switch { 0 => Math.Max(0, length - 60), 1 => 1, 2 => 2, _ => 4 };
            if (at + extra > block.Length)
            {
                return ([.. written], false);
            }

            int number = Enumerable.Range(0, extra).Sum(i => block[at + i] << (8 * i));
            at += extra;
            if ((tag & 3) == 0)
            {
                length = extra > 0 ? number + 1 : length;
                if (at + length > block.Length)
                {
                    return ([.. written], false);
                }

                written.AddRange(block[at..(at + length)]);
                at += length;
                continue;
            }

            (length, int offset) = (tag & 3) == 1 ? (((tag >> 2) & 7) + 4, ((tag >> 5) << 8) | number) : (length, number);
            if (offset == 0 || offset > written.Count)
            {
                return ([.. written], false);
            }

            for (int i = 0; i < length; i++)
            {
                written.Add(written[^offset]);
            }
        }

        return ([.. written], true);
    }

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
