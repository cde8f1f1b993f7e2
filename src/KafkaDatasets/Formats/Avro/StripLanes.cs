using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Reads the same field of several values at a time.</summary>
internal static unsafe class StripLanes
{
    /// <summary>How many values are read at a time.</summary>
    public const int Count = 8;

    /// <summary>Reads four bytes of each value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> ReadInts(byte* bytes, int* at) => Vector256.Create(
        Read<int>(bytes, at[0]), Read<int>(bytes, at[1]), Read<int>(bytes, at[2]), Read<int>(bytes, at[3]),
        Read<int>(bytes, at[4]), Read<int>(bytes, at[5]), Read<int>(bytes, at[6]), Read<int>(bytes, at[7]));

    /// <summary>Reads a double of each value, rounded to a float.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ReadDoubles(byte* bytes, int* at) => Vector256.Narrow(
        Vector256.Create(Read<double>(bytes, at[0]), Read<double>(bytes, at[1]), Read<double>(bytes, at[2]), Read<double>(bytes, at[3])),
        Vector256.Create(Read<double>(bytes, at[4]), Read<double>(bytes, at[5]), Read<double>(bytes, at[6]), Read<double>(bytes, at[7])));

    /// <summary>Advances the values.</summary>
    /// <param name="at">Their positions.</param>
    /// <param name="ends">Their ends.</param>
    /// <param name="advance">By how many bytes.</param>
    /// <param name="odd">Not 0 for values that cannot be read in this way.</param>
    /// <returns>How many of them can be read in this way and have as many bytes, counted up to the first that has not.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Advance(int* at, int* ends, Vector256<int> advance, Vector256<int> odd)
    {
        Vector256<int> position = Vector256.Load(at);
        odd |= Vector256.GreaterThan(advance, Vector256.Load(ends) - position);
        (position + advance).Store(at);
        return odd == Vector256<int>.Zero ? Count : BitOperations.TrailingZeroCount(~Vector256.Equals(odd, Vector256<int>.Zero).ExtractMostSignificantBits());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Read<T>(byte* bytes, int at) => Unsafe.ReadUnaligned<T>(bytes + at);
}
