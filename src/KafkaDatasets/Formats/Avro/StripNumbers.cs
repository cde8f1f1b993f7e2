using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Reads a number of fixed width, or a Boolean, that may be missing.</summary>
/// <param name="union">Its union.</param>
/// <param name="source">Its type on the wire.</param>
/// <param name="slot">The slot to which it is written.</param>
internal sealed class StripNumbers(StripUnion union, ColumnType source, int slot) : StripStep
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override unsafe int Run(in RecordStrip strip, int count)
    {
        byte* bytes = strip.Bytes;
        int* at = strip.Positions;
        int* ends = strip.Ends;
        float* to = strip.Slots + (slot * RecordStrip.Most);
        ColumnType type = source;
        Vector256<int> nullByte = union.NullByte;
        Vector256<int> oddBits = union.OddBits;
        Vector256<int> length = Vector256.Create(type == ColumnType.Double ? sizeof(double) : type == ColumnType.Single ? sizeof(float) : sizeof(bool));
        for (int i = 0; i < count; i += StripLanes.Count)
        {
            Vector256<int> first = StripLanes.ReadInts(bytes, at + i);
            Vector256<int> isNull = Vector256.Equals(first & Vector256.Create(0xFF), nullByte);
            Vector256<int> odd = first & oddBits;
            Vector256<float> value;
            if (type == ColumnType.Double)
            {
                value = StripLanes.ReadDoubles(bytes + 1, at + i);
            }
            else if (type == ColumnType.Single)
            {
                value = StripLanes.ReadInts(bytes + 1, at + i).AsSingle();
            }
            else
            {
                Vector256<int> boolean = (first >>> 8) & Vector256.Create(0xFF);
                odd |= Vector256.AndNot(boolean & Vector256.Create(0xFE), isNull);
                value = Vector256.ConvertToSingle(boolean);
            }

            Vector256.ConditionalSelect(isNull.AsSingle(), Vector256.Create(float.NaN), value).Store(to + i);
            int read = StripLanes.Advance(at + i, ends + i, Vector256<int>.One + Vector256.AndNot(length, isNull), odd);
            if (read < StripLanes.Count)
            {
                return Math.Min(count, i + read);
            }
        }

        return count;
    }
}
