using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KafkaDatasets.Rows;

/// <summary>Copies the values of single rows: many copies of one short length, for which a general copy spends more time on choosing how to copy than on copying.</summary>
internal static class RowCopy
{
    /// <summary>The least number of bytes that <see cref="Copy"/> can copy.</summary>
    public const int Least = 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(ref byte from, ref byte to, nuint length)
    {
        nuint at = 0;
        for (; at + 32 <= length; at += 32)
        {
            Vector256.LoadUnsafe(ref from, at).StoreUnsafe(ref to, at);
        }

        if (at < length)
        {
            Vector256.LoadUnsafe(ref from, length - 32).StoreUnsafe(ref to, length - 32); // overlaps what has been copied
        }
    }
}
