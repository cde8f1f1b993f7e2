using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Skips a text, or bytes, that may be missing.</summary>
/// <param name="union">Its union.</param>
internal sealed class StripTexts(StripUnion union) : StripStep
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override unsafe int Run(in RecordStrip strip, int count)
    {
        byte* bytes = strip.Bytes;
        int* at = strip.Positions;
        int* ends = strip.Ends;
        bool hasUnion = union.Length > 0;
        Vector256<int> lead = Vector256.Create(union.Length);
        Vector256<int> nullByte = union.NullByte;
        Vector256<int> oddBits = union.OddBits;
        for (int i = 0; i < count; i += StripLanes.Count)
        {
            Vector256<int> first = StripLanes.ReadInts(bytes, at + i);
            Vector256<int> isNull = Vector256.Equals(first & Vector256.Create(0xFF), nullByte);
            StripVarint length = StripVarint.Read(first, hasUnion);
            Vector256<int> isNegative = length.Bits & Vector256<int>.One;
            int read = StripLanes.Advance(
                at + i,
                ends + i,
                lead + Vector256.AndNot(length.Length + (length.Bits >>> 1), isNull),
                (first & oddBits) | Vector256.AndNot(length.IsLong | isNegative, isNull));
            if (read < StripLanes.Count)
            {
                return Math.Min(count, i + read);
            }
        }

        return count;
    }
}
