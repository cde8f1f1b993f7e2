using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Reads a number of fixed width, or a Boolean, out of bytes that were skipped.</summary>
/// <param name="offset">Its offset from the position, which is after it.</param>
/// <param name="source">Its type on the wire.</param>
/// <param name="slot">The slot to which it is written.</param>
internal sealed class StripCopies(int offset, ColumnType source, int slot) : StripStep
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override unsafe int Run(in RecordStrip strip, int count)
    {
        byte* bytes = strip.Bytes + offset;
        int* at = strip.Positions;
        float* to = strip.Slots + (slot * RecordStrip.Most);
        ColumnType type = source;
        for (int i = 0; i < count; i += StripLanes.Count)
        {
            if (type == ColumnType.Double)
            {
                StripLanes.ReadDoubles(bytes, at + i).Store(to + i);
                continue;
            }

            Vector256<int> value = StripLanes.ReadInts(bytes, at + i);
            if (type == ColumnType.Single)
            {
                value.AsSingle().Store(to + i);
                continue;
            }

            value &= Vector256.Create(0xFF);
            Vector256.ConvertToSingle(value).Store(to + i);
            int read = StripLanes.Advance(at + i, strip.Ends + i, Vector256<int>.Zero, value & Vector256.Create(0xFE));
            if (read < StripLanes.Count)
            {
                return Math.Min(count, i + read);
            }
        }

        return count;
    }
}
