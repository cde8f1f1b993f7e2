using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace KafkaDatasets.Rows;

/// <summary>Loads memory into the core's cache.</summary>
internal static class CacheLines
{
    private const int Size = 64;

    /// <summary>Has memory loaded while the core goes on: rows in random order, or far apart, would otherwise be waited for one after another.</summary>
    public static unsafe void Prefetch<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        ref byte first = ref MemoryMarshal.GetReference(MemoryMarshal.AsBytes(values));
        nint length = (nint)values.Length * Unsafe.SizeOf<T>();
        for (nint i = 0; i < length; i += Size)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.AddByteOffset(ref first, i))); // an address that the garbage collector has changed does no harm
        }
    }
}
