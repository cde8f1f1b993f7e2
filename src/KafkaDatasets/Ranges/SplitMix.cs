namespace KafkaDatasets.Ranges;

/// <summary>SplitMix64, a small random number generator with the same output on every machine and in every version.</summary>
internal struct SplitMix(ulong seed)
{
    /// <summary>By how much the state grows from one number to the next.</summary>
    public const ulong Step = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    /// <summary>Mixes the bits of a number.</summary>
    public static ulong Mix(ulong value)
    {
        value += Step;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>The next number in [0, <paramref name="bound"/>), uniformly distributed to within 1 in 2^32.</summary>
    public int Below(int bound)
    {
        ulong random = Mix(_state);
        _state += Step;
        return (int)(((random >> 32) * (ulong)bound) >> 32);
    }

    /// <summary>The next number in [0, <paramref name="bound"/>), uniformly distributed to within 1 in 2^64 of the bound.</summary>
    public long Below(long bound)
    {
        ulong random = Mix(_state);
        _state += Step;
        return (long)Math.BigMul(random, (ulong)bound, out _);
    }
}
