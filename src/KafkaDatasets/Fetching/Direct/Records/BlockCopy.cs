using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Copies bytes for decompressors, as whole vectors: up to <see cref="SharedBuffer.Slack"/> bytes past the ends of source and target are read and written.</summary>
internal static class BlockCopy
{
    private static readonly byte[] Repeats = MakeRepeats();

    /// <summary>Copies bytes of the source that stand for themselves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void CopyLiteral(byte* to, byte* from, nint count)
    {
        if (count <= 96)
        {
            Unsafe.WriteUnaligned(to, Unsafe.ReadUnaligned<Vector256<byte>>(from));
            Unsafe.WriteUnaligned(to + 32, Unsafe.ReadUnaligned<Vector256<byte>>(from + 32));
            Unsafe.WriteUnaligned(to + 64, Unsafe.ReadUnaligned<Vector256<byte>>(from + 64));
        }
        else
        {
            Unsafe.CopyBlockUnaligned(to, from, (uint)count);
        }
    }

    /// <summary>Copies bytes that were written <paramref name="offset"/> bytes earlier; source and target may overlap, and then the pattern repeats.</summary>
    public static unsafe void CopyBack(byte* to, nint offset, nint count)
    {
        nint step = Vector128<byte>.Count;
        byte* from = to - offset;
        Vector128<byte> pattern = Unsafe.ReadUnaligned<Vector128<byte>>(from);
        if (offset >= step)
        {
            for (nint i = 0; i < count; i += step)
            {
                Unsafe.WriteUnaligned(to + i, Unsafe.ReadUnaligned<Vector128<byte>>(from + i));
            }

            return;
        }

        pattern = Vector128.Shuffle(pattern, Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(Repeats), (nuint)(offset * step)));
        step -= step % offset;
        for (nint i = 0; i < count; i += step)
        {
            Unsafe.WriteUnaligned(to + i, pattern);
        }
    }

    /// <summary>Returns for each offset up to 16 the places of a vector's bytes that repeat the first so many of them.</summary>
    private static byte[] MakeRepeats() => [.. Enumerable.Range(0, 256).Select(i => (byte)(i < 16 ? 0 : i % 16 % (i / 16)))];
}
