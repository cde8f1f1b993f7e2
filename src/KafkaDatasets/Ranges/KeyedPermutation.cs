using System.Numerics;

namespace KafkaDatasets.Ranges;

/// <summary>A permutation of the numbers in [0, size), computed rather than stored: a Feistel network over the next larger power of four, repeated until the result is in the range.</summary>
internal sealed class KeyedPermutation
{
    private const int FeistelRounds = 6;
    private readonly ulong[] _keys = new ulong[FeistelRounds];
    private readonly ulong _size;
    private readonly int _half;

    public KeyedPermutation(ulong key, long size)
    {
        _size = (ulong)size;
        _half = Math.Max(1, (BitOperations.Log2((ulong)Math.Max(size - 1, 1)) + 2) / 2);
        for (int i = 0; i < FeistelRounds; i++)
        {
            _keys[i] = SplitMix.Mix(key + (ulong)i);
        }
    }

    /// <summary>The number at that place.</summary>
    public long At(long place)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)place, _size);
        ulong value = (ulong)place;
        do
        {
            value = Encrypt(value);
        }
        while (value >= _size);
        return (long)value;
    }

    private ulong Encrypt(ulong value)
    {
        ulong mask = (1UL << _half) - 1;
        ulong left = value >> _half;
        ulong right = value & mask;
        foreach (ulong key in _keys)
        {
            (left, right) = (right, left ^ (SplitMix.Mix(right ^ key) & mask));
        }

        return (left << _half) | right;
    }
}
