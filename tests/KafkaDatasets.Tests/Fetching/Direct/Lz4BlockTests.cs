using CsCheck;
using K4os.Compression.LZ4;
using KafkaDatasets.Fetching.Direct.Records;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

public class Lz4BlockTests
{
    private const byte Untouched = 0xEE;

    [Theory]
    [InlineData(LZ4Level.L00_FAST)]
    [InlineData(LZ4Level.L09_HC)]
    public void Decompresses_what_K4os_compresses(LZ4Level level) => RepetitiveBytes.Any.Sample(
        bytes =>
        {
            byte[] block = new byte[LZ4Codec.MaximumOutputSize(bytes.Length)];
            block = block[..LZ4Codec.Encode(bytes, block, level)];
            return Decompress(block, [], bytes.Length).AsSpan().SequenceEqual(bytes) && Decompress(block, [], bytes.Length + 1000).AsSpan().SequenceEqual(bytes);
        },
        iter: 150);

    /// <summary>Any sequences, most of them sound: which ones follow each other in real blocks depends on the compressor.</summary>
    [Fact]
    public void Sequences_of_every_kind_mean_what_the_specification_says() => Gen.Select(Gen.Int, Gen.Int[1, 200], Gen.Bool, Gen.Int[0, 3]).Sample(
        (seed, sequences, hasBad, blocksBefore) =>
        {
            var random = new Random(seed);
            byte[] before = new byte[blocksBefore * random.Next(40_000)];
            random.NextBytes(before);
            byte[] block = Sequences(random, sequences, before.Length, hasBad ? 2 : 0);
            (byte[] expected, bool isSound) = Naive(block, before);
            if (isSound)
            {
                Assert.Equal(expected, Decompress(block, before, expected.Length + random.Next(3) * random.Next(100)));
                if (expected.Length > 0)
                {
                    Assert.Throws<BatchFault>(() => Decompress(block, before, expected.Length - 1 - random.Next(Math.Min(expected.Length, 50))));
                }
            }
            else
            {
                Assert.Throws<BatchFault>(() => Decompress(block, before, 200_000));
            }
        },
        iter: 1500);

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0x50, 1, 2 })]
    [InlineData(new byte[] { 0x10, 7, 1 })]
    [InlineData(new byte[] { 0x10, 7, 1, 0 })]
    [InlineData(new byte[] { 0x10, 7, 0, 0, 0x10, 7 })]
    [InlineData(new byte[] { 0x10, 7, 2, 0, 0x10, 7 })]
    [InlineData(new byte[] { 0xF0 })]
    [InlineData(new byte[] { 0xF0, 0xFF })]
    [InlineData(new byte[] { 0x1F, 7, 1, 0 })]
    [InlineData(new byte[] { 0x1F, 7, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0x10, 7 })]
    public void A_malformed_block_is_a_fault(byte[] block) => Assert.Throws<BatchFault>(() => Decompress(block, [], 1000));

    /// <summary>Decompresses between bytes that must stay as they are, behind the bytes of earlier blocks.</summary>
    private static byte[] Decompress(byte[] block, byte[] before, int room)
    {
        byte[] target = [Untouched, .. before, .. Enumerable.Repeat(Untouched, room + SharedBuffer.Slack)];
        byte[] source = [0xF0, .. block, .. Enumerable.Repeat((byte)0xF0, SharedBuffer.Slack)];
        int written = Lz4Block.Decompress(source, 1, block.Length, target, 1 + before.Length, room, before.Length);
        Assert.Equal(Untouched, target[0]);
        Assert.True(target.AsSpan(1, before.Length).SequenceEqual(before));
        return target[(1 + before.Length)..(1 + before.Length + written)];
    }

    private static byte[] Sequences(Random random, int count, int before, int percentBad)
    {
        var block = new List<byte>();
        int written = 0;
        for (int i = 0; i < count; i++)
        {
            bool isLast = i == count - 1;
            int literals = random.Next(random.Next(20) == 0 ? 1000 : random.Next(3) == 0 ? 300 : 20);
            int match = random.Next(random.Next(20) == 0 ? 1000 : random.Next(3) == 0 ? 300 : 20);
            literals = written + before + literals == 0 ? 1 : literals;
            block.Add((byte)((Math.Min(15, literals) << 4) | (isLast ? 0 : Math.Min(15, match))));
            AddLength(block, literals);
            byte[] literal = new byte[literals];
            random.NextBytes(literal);
            block.AddRange(literal);
            written += literals;
            if (!isLast)
            {
                int offset = random.Next(100) < percentBad ? random.Next(65_536) : 1 + random.Next(Math.Min(65_535, Math.Min(written + before, random.Next(2) == 0 ? 70 : 60_000)));
                block.AddRange([(byte)offset, (byte)(offset >> 8)]);
                AddLength(block, match);
                written += match + 4;
            }
        }

        return [.. random.Next(100) < percentBad ? block.Take(random.Next(block.Count)) : block];
    }

    private static void AddLength(List<byte> block, int length)
    {
        for (int left = length - 15; left >= 0; left -= 255)
        {
            block.Add((byte)Math.Min(255, left));
        }
    }

    /// <summary>Decompresses byte by byte, as far as the sequences are sound.</summary>
    private static (byte[] Bytes, bool IsSound) Naive(byte[] block, byte[] before)
    {
        var written = new List<byte>(before);
        bool isSound = false;
        var input = new Queue<byte>(block);
        while (input.TryDequeue(out byte token))
        {
            if (!TryReadLength(token >> 4, out int literals) || literals > input.Count)
            {
                break;
            }

            for (int i = 0; i < literals; i++)
            {
                written.Add(input.Dequeue());
            }

            if (input.Count == 0)
            {
                isSound = true;
                break;
            }

            if (!input.TryDequeue(out byte low) || !input.TryDequeue(out byte high) || !TryReadLength(token & 15, out int match))
            {
                break;
            }

            int offset = low | (high << 8);
            if (offset == 0 || offset > written.Count)
            {
                break;
            }

            for (int i = 0; i < match + 4; i++)
            {
                written.Add(written[^offset]);
            }
        }

        return ([.. written.Skip(before.Length)], isSound);

        bool TryReadLength(int inToken, out int length)
        {
            length = inToken;
            byte more = 255;
            while (length >= 15 && more == 255)
            {
                if (!input.TryDequeue(out more))
                {
                    return false;
                }

                length += more;
            }

            return true;
        }
    }
}
