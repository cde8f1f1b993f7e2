using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using KafkaDatasets.Decoding;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Reads an integer that may be missing, or skips it.</summary>
/// <param name="union">Its union.</param>
/// <param name="is32">Whether it must fit into 32 bits.</param>
/// <param name="slot">The slot to which it is written, or −1.</param>
internal sealed class StripIntegers(StripUnion union, bool is32, int slot) : StripStep
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override unsafe int Run(in RecordStrip strip, int count)
    {
        byte* bytes = strip.Bytes;
        int* at = strip.Positions;
        int* ends = strip.Ends;
        float* to = slot < 0 ? null : strip.Slots + (slot * RecordStrip.Most);
        bool hasUnion = union.Length > 0;
        Vector256<int> nullByte = union.NullByte;
        Vector256<int> oddBits = union.OddBits;
        for (int i = 0; i < count; i += StripLanes.Count)
        {
            Vector256<int> first = StripLanes.ReadInts(bytes, at + i);
            Vector256<int> isNull = Vector256.Equals(first & Vector256.Create(0xFF), nullByte);
            StripVarint varint = StripVarint.Read(first, hasUnion);
            int read;
            if (Vector256.AndNot(varint.IsLong, isNull) != Vector256<int>.Zero)
            {
                read = ReadLong(strip, i);
            }
            else
            {
                if (to is not null)
                {
                    Vector256<float> value = Vector256.ConvertToSingle((varint.Bits >>> 1) ^ -(varint.Bits & Vector256<int>.One));
                    Vector256.ConditionalSelect(isNull.AsSingle(), Vector256.Create(float.NaN), value).Store(to + i);
                }

                Vector256<int> advance = Vector256.AndNot(varint.Length, isNull);
                read = StripLanes.Advance(at + i, ends + i, hasUnion ? advance + Vector256<int>.One : advance, first & oddBits);
            }

            if (read < StripLanes.Count)
            {
                return Math.Min(count, i + read);
            }
        }

        return count;
    }

    /// <summary>Reads integers one by one, since some of them are longer.</summary>
    /// <returns>How many were read.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe int ReadLong(in RecordStrip strip, int index)
    {
        int* at = strip.Positions + index;
        int* ends = strip.Ends + index;
        float* to = slot < 0 ? null : strip.Slots + (slot * RecordStrip.Most) + index;
        int lead = union.Length;
        int nullByte = union.Null * 2;
        int otherByte = (1 - union.Null) * 2;
        bool mustFit = is32;
        for (int i = 0; i < StripLanes.Count; i++)
        {
            byte* from = strip.Bytes + at[i];
            nint length = 0;
            float value = float.NaN;
            if (*from != nullByte)
            {
                ulong bits = CompiledCalls.ReadVarintInline(ref Unsafe.AsRef<byte>(from + lead), out length);
                long integer = (long)(bits >> 1) ^ -(long)(bits & 1);
                if (length == 0 || (mustFit && integer != (int)integer) || (lead > 0 && *from != otherByte))
                {
                    return i;
                }

                value = integer;
            }

            if (to is not null)
            {
                to[i] = value;
            }

            int next = at[i] + lead + (int)length;
            at[i] = next;
            if (next > ends[i])
            {
                return i;
            }
        }

        return StripLanes.Count;
    }
}
