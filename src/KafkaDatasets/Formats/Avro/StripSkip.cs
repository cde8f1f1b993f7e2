using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Skips bytes that may be missing; <see cref="StripCopies"/> and <see cref="StripRun"/> read what was skipped.</summary>
/// <param name="union">Their union.</param>
/// <param name="length">Their number.</param>
internal sealed class StripSkip(StripUnion union, int length) : StripStep
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override unsafe int Run(in RecordStrip strip, int count)
    {
        byte* bytes = strip.Bytes;
        int* at = strip.Positions;
        int* ends = strip.Ends;
        Vector256<int> lead = Vector256.Create(union.Length);
        Vector256<int> some = Vector256.Create(length);
        Vector256<int> nullByte = union.NullByte;
        Vector256<int> oddBits = union.OddBits;
        for (int i = 0; i < count; i += StripLanes.Count)
        {
            Vector256<int> first = StripLanes.ReadInts(bytes, at + i);
            Vector256<int> isNull = Vector256.Equals(first & Vector256.Create(0xFF), nullByte);
            int read = StripLanes.Advance(at + i, ends + i, lead + Vector256.AndNot(some, isNull), first & oddBits);
            if (read < StripLanes.Count)
            {
                return Math.Min(count, i + read);
            }
        }

        return count;
    }
}
