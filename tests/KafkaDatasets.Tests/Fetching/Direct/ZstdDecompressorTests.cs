using CsCheck;
using KafkaDatasets.Fetching.Direct.Records;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

public class ZstdDecompressorTests
{
    /// <summary>Some bytes with few values, which are coded, and some that no code makes shorter.</summary>
    private static readonly Gen<byte[]> Mixed = Gen.Select(Gen.Int[0, 300_000], Gen.Int, Gen.Int[1, 256]).Select((length, seed, values) =>
    {
        var random = new Random(seed);
        byte[] bytes = new byte[length];
        for (int at = 0; at < length; at++)
        {
            bytes[at] = (byte)(at % 7 < 3 ? random.Next(256) : random.Next(values));
        }

        return bytes;
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Decompresses_frames(bool usesNative)
    {
        SkipWithoutLibrary(usesNative);
        using var compressor = new ZstdSharp.Compressor();
        using var decompressor = new ZstdDecompressor(usesNative);
        Mixed.Sample(
            bytes =>
            {
                byte[] target = new byte[bytes.Length];
                return decompressor.Decompress(compressor.Wrap(bytes), target) == bytes.Length && target.AsSpan().SequenceEqual(bytes);
            },
            iter: 50,
            threads: 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_malformed_frame_and_one_without_room_throw_and_the_next_is_read(bool usesNative)
    {
        SkipWithoutLibrary(usesNative);
        byte[] bytes = [.. Enumerable.Range(0, 10_000).Select(i => (byte)(i * i))];
        using var compressor = new ZstdSharp.Compressor();
        byte[] frame = compressor.Wrap(bytes).ToArray();
        using var decompressor = new ZstdDecompressor(usesNative);
        byte[] target = new byte[bytes.Length];

        Assert.ThrowsAny<Exception>(() => decompressor.Decompress(frame.AsSpan(0, frame.Length - 1), target));
        Assert.ThrowsAny<Exception>(() => decompressor.Decompress([1, 2, 3, .. frame], target));
        Assert.ThrowsAny<Exception>(() => decompressor.Decompress(frame, target.AsSpan(1)));
        Assert.Equal(bytes.Length, decompressor.Decompress(frame, target));
        Assert.Equal(bytes, target);
    }

    private static void SkipWithoutLibrary(bool usesNative) => Assert.SkipWhen(usesNative && !NativeZstd.IsAvailable, "This system has no libzstd.so.1.");
}
