using System.Runtime.InteropServices;

namespace KafkaDatasets.Monitoring.Profiles;

/// <summary>Sorts finite floating-point numbers by their bits, in time that does not depend on their order: profiling sorts every value once.</summary>
internal static class RadixSort
{
    private const int Radix = 256;

    /// <summary>Sorts numbers; <paramref name="scratch"/> has the same length, and its content is overwritten.</summary>
    public static void Sort(Span<float> values, Span<float> scratch)
    {
        Span<uint> keys = MemoryMarshal.Cast<float, uint>(values);
        Span<uint> other = MemoryMarshal.Cast<float, uint>(scratch);
        Span<int> counts = stackalloc int[sizeof(uint) * Radix];
        counts.Clear();
        for (int i = 0; i < keys.Length; i++)
        {
            // Negative numbers have all bits turned, the others the sign: bits then order like numbers.
            uint bits = keys[i];
            uint key = bits ^ ((uint)((int)bits >> 31) | 0x8000_0000);
            keys[i] = key;
            counts[(int)(key & 0xFF)]++;
            counts[Radix + (int)((key >> 8) & 0xFF)]++;
            counts[(2 * Radix) + (int)((key >> 16) & 0xFF)]++;
            counts[(3 * Radix) + (int)(key >> 24)]++;
        }

        bool isInOther = false;
        for (int digit = 0; digit < sizeof(uint); digit++)
        {
            Span<int> ends = counts.Slice(digit * Radix, Radix);
            Span<uint> from = isInOther ? other : keys;
            if (!TryStart(ends, from.Length, from.Length == 0 ? 0 : (int)((from[0] >> (8 * digit)) & 0xFF)))
            {
                continue;
            }

            Span<uint> to = isInOther ? keys : other;
            foreach (uint key in from)
            {
                to[ends[(int)((key >> (8 * digit)) & 0xFF)]++] = key;
            }

            isInOther = !isInOther;
        }

        Span<uint> sorted = isInOther ? other : keys;
        for (int i = 0; i < keys.Length; i++)
        {
            uint key = sorted[i];
            keys[i] = key ^ ((uint)((int)~key >> 31) | 0x8000_0000);
        }
    }

    /// <summary>Sorts numbers; <paramref name="scratch"/> has the same length, and its content is overwritten.</summary>
    public static void Sort(Span<double> values, Span<double> scratch)
    {
        Span<ulong> keys = MemoryMarshal.Cast<double, ulong>(values);
        Span<ulong> other = MemoryMarshal.Cast<double, ulong>(scratch);
        Span<int> counts = stackalloc int[sizeof(ulong) * Radix];
        counts.Clear();
        for (int i = 0; i < keys.Length; i++)
        {
            ulong bits = keys[i];
            ulong key = bits ^ ((ulong)((long)bits >> 63) | 0x8000_0000_0000_0000);
            keys[i] = key;
            for (int digit = 0; digit < sizeof(ulong); digit++)
            {
                counts[(digit * Radix) + (int)((key >> (8 * digit)) & 0xFF)]++;
            }
        }

        bool isInOther = false;
        for (int digit = 0; digit < sizeof(ulong); digit++)
        {
            Span<int> ends = counts.Slice(digit * Radix, Radix);
            Span<ulong> from = isInOther ? other : keys;
            if (!TryStart(ends, from.Length, from.Length == 0 ? 0 : (int)((from[0] >> (8 * digit)) & 0xFF)))
            {
                continue;
            }

            Span<ulong> to = isInOther ? keys : other;
            foreach (ulong key in from)
            {
                to[ends[(int)((key >> (8 * digit)) & 0xFF)]++] = key;
            }

            isInOther = !isInOther;
        }

        Span<ulong> sorted = isInOther ? other : keys;
        for (int i = 0; i < keys.Length; i++)
        {
            ulong key = sorted[i];
            keys[i] = key ^ ((ulong)((long)~key >> 63) | 0x8000_0000_0000_0000);
        }
    }

    /// <summary>Makes starts of counts; false if every key has the same digit, so that nothing moves.</summary>
    private static bool TryStart(Span<int> counts, int length, int digitOfFirst)
    {
        if (length == 0 || counts[digitOfFirst] == length)
        {
            return false;
        }

        int start = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            (counts[i], start) = (start, start + counts[i]);
        }

        return true;
    }
}
