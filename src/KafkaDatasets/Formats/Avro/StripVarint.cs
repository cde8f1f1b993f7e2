using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KafkaDatasets.Formats.Avro;

/// <summary>A varint of several values, read from four bytes of each: it has up to four bytes, or three after the byte of a union.</summary>
/// <param name="Bits">Its bits.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="IsLong">All ones where it is longer.</param>
internal readonly record struct StripVarint(Vector256<int> Bits, Vector256<int> Length, Vector256<int> IsLong)
{
    /// <summary>Reads the varint.</summary>
    /// <param name="first">The four bytes of each.</param>
    /// <param name="hasUnion">Whether the byte of a union is before it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static StripVarint Read(Vector256<int> first, bool hasUnion)
    {
        // The fourth byte, which is then unknown, counts as one that goes on.
        Vector256<int> bytes = hasUnion ? (first >>> 8) | Vector256.Create(int.MinValue) : first;
        Vector256<int> two = (bytes << 24) >> 31;
        Vector256<int> three = ((bytes << 16) >> 31) & two;
        Vector256<int> four = ((bytes << 8) >> 31) & three;
        Vector256<int> bits = (bytes & Vector256.Create(0x7F))
            | ((bytes >>> 1) & Vector256.Create(0x7F << 7) & two)
            | ((bytes >>> 2) & Vector256.Create(0x7F << 14) & three)
            | ((bytes >>> 3) & Vector256.Create(0x7F << 21) & four);
        return new StripVarint(bits, Vector256<int>.One - two - three - four, (bytes >> 31) & four);
    }
}
