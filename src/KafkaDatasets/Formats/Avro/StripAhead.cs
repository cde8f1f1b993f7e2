using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Memory that is brought into the core's cache little by little, before it is needed.</summary>
/// <remarks>
/// Values that are read together, and the rows to which they are written, lie at as many places in memory at the same time,
/// which are more than the core foresees by itself.
/// </remarks>
/// <param name="start">Its start.</param>
/// <param name="length">Its length in bytes.</param>
/// <param name="steps">In how many steps.</param>
internal unsafe struct StripAhead(byte* start, nint length, int steps)
{
    private const int LineSize = 64;

    private readonly byte* _end = start + length;
    private readonly nint _step = (((length / LineSize) + steps) / steps) * LineSize;
    private byte* _next = start;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step()
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        byte* end = _next + _step;
        end = end < _end ? end : _end;
        byte* at = _next;
        for (; at < end; at += LineSize)
        {
            Sse.Prefetch0(at);
        }

        _next = at;
    }
}
