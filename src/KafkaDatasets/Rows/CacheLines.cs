using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KafkaDatasets.Rows;

/// <summary>Loads memory into the core's cache.</summary>
internal static class CacheLines
{
    private const int Size = 64;

    /// <summary>Reads a byte of each cache line. The reads do not depend on each other, so that the core waits for many of them at the same time; copying rows in random order would wait for one after the other.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Touch<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values);
        int sum = 0;
        for (int i = 0; i < bytes.Length; i += Size)
        {
            sum += bytes[i];
        }

        return sum;
    }
}
