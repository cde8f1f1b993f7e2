namespace KafkaDatasets.Benchmarks.Topics;

/// <summary>SplitMix64: the values of a partition's rows depend on nothing but the partition.</summary>
internal struct RowRandom(int partition)
{
    private ulong _state = 0x5353_5953UL + ((ulong)partition << 32);

    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [−1, 1).</summary>
    public float NextSingle() => ((int)(Next() >> 40) - (1 << 23)) * (1f / (1 << 23));
}
