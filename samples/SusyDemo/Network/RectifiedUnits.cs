using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SusyDemo.Network;

/// <summary>
/// Rectified linear units with dropout. Whether a unit is left out is a hash of a key and the unit's number, so that it depends neither on the units beside it
/// nor on how many are computed at a time.
/// </summary>
internal static class RectifiedUnits
{
    private const uint Gamma = 0x9E3779B9;
    private const uint FirstFactor = 0x7FEB352D;
    private const uint SecondFactor = 0x846CA68B;

    /// <summary>Sets negative units and a random share of the others to zero, and scales those that stay up, so that the expected sum stays. A unit that is not a number stays so, or is left out.</summary>
    /// <param name="units">The units of one row.</param>
    /// <param name="share">The share that is left out.</param>
    /// <param name="key">Decides which ones.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply<T>(Span<T> units, double share, ulong key)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T scale = T.CreateChecked(1 / (1 - share));
        var threshold = (uint)(share * uint.MaxValue);
        (uint low, uint high) = ((uint)key, (uint)(key >> 32));
        int unit = 0;
        if (typeof(T) == typeof(float))
        {
            ref float first = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(units));
            Vector512<uint> counter = (Vector512<uint>.Indices * Gamma) + Vector512.Create(low);
            for (; unit <= units.Length - Vector512<float>.Count; unit += Vector512<float>.Count)
            {
                Vector512<uint> hash = (counter ^ (counter >>> 16)) * FirstFactor;
                hash ^= Vector512.Create(high);
                hash = (hash ^ (hash >>> 15)) * SecondFactor;
                hash ^= hash >>> 16;
                ref float at = ref Unsafe.Add(ref first, unit);
                Vector512<float> values = Vector512.LoadUnsafe(ref at);
                Vector512<float> isZero = Vector512.LessThan(hash, Vector512.Create(threshold)).AsSingle() | Vector512.LessThan(values, Vector512<float>.Zero);
                Vector512.AndNot(values * Unsafe.BitCast<T, float>(scale), isZero).StoreUnsafe(ref at);
                counter += Vector512.Create(unchecked((uint)Vector512<uint>.Count * Gamma));
            }
        }

        for (; unit < units.Length; unit++)
        {
            uint hash = unchecked(((uint)unit * Gamma) + low);
            hash = unchecked((hash ^ (hash >> 16)) * FirstFactor);
            hash ^= high;
            hash = unchecked((hash ^ (hash >> 15)) * SecondFactor);
            hash ^= hash >> 16;
            units[unit] = hash < threshold || units[unit] < T.Zero ? T.Zero : units[unit] * scale;
        }
    }
}
