using CsCheck;

namespace KafkaDatasets.Tests.Fetching.Direct;

/// <summary>Bytes to compress.</summary>
internal static class RepetitiveBytes
{
    /// <summary>Bytes with runs and repetitions of every distance, so that a compressor uses everything that its format has.</summary>
    public static Gen<byte[]> Any { get; } = Gen.Select(Gen.Int[0, 200_000], Gen.Int, Gen.Int[1, 300]).Select((length, seed, spread) =>
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
}
