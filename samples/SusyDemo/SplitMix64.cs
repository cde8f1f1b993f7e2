namespace SusyDemo;

/// <summary>A small, fast random generator whose sequence depends on nothing but its seed, on any machine (Steele, Lea, Flood 2014).</summary>
internal struct SplitMix64(ulong seed)
{
    private const ulong Gamma = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    /// <summary>A generator for one of the many independent streams that one seed gives to each use.</summary>
    public static SplitMix64 Stream(int seed, RandomUse use, ulong stream) =>
        new(Mix(Mix((((ulong)use << 32) | (uint)seed) + Gamma) + (stream * Gamma)));

    public ulong NextUInt64() => Mix(_state += Gamma);

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public double Uniform(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>Exponential with mean 1.</summary>
    public double Exponential() => -Math.Log(1 - NextDouble());

    /// <summary>A point of the two-dimensional normal distribution with mean 0 and deviation 1.</summary>
    public (double X, double Y) Gaussian()
    {
        double radius = Math.Sqrt(2 * Exponential());
        (double sin, double cos) = Math.SinCos(Uniform(0, 2 * Math.PI));
        return (radius * cos, radius * sin);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
