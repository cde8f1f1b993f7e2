using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace KafkaDatasets.Formats;

/// <summary>Reads the numbers that most records have, without loops: floating-point numbers with up to eight digits before the decimal point, integers of up to 16 digits, no exponents.</summary>
/// <remarks>
/// Whatever is not such a number is left to the caller. A number may be read from a place that has <see cref="Before"/> readable bytes before it, and <see cref="After"/>
/// from it on; what they are does not matter. For little-endian machines only.
/// The two readers are not inlined: in the loop that calls them, their values would push its own out of the registers, which takes longer than a call.
/// </remarks>
internal static class NearNumber
{
    /// <summary>The readable bytes that must lie before a number.</summary>
    public const int Before = Vector;

    /// <summary>The readable bytes that must follow the start of a number.</summary>
    public const int After = Window + 1;

    private const int Word = sizeof(ulong);
    private const int Vector = 2 * Word;
    private const int Window = 32;
    private const ulong EightDigits = 100_000_000;
    private const double LastDigit = 1e-16;
    private const ulong Zeros = 0x3030303030303030;

    /// <summary>The bits of a 64-bit number's fraction that a 32-bit number lacks, and where half of its last place lies.</summary>
    private const uint Rest = (1U << 29) - 1;
    private const uint Half = 1U << 28;

    /// <summary>How near to that half (in last places of a 64-bit number) a number may not be: more than can be lost by rounding, and of numbers from <see cref="LeastCut"/> on by leaving out the digits after the sixteenth.</summary>
    private const uint Doubt = 1U << 12;
    private const double LeastCut = 1.0 / (1 << 10);

    /// <summary>Masks for n bytes at the start of a vector, from byte 16 − n on, and for those at its end, from byte 16 + n on.</summary>
    private static ReadOnlySpan<byte> Masks =>
    [
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    ];

    /// <summary>Reads the nearest 32-bit number, which is also that of the nearest 64-bit number.</summary>
    /// <returns>Its length in bytes, or 0 when it is left to the caller, among others because the two might differ.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static int ReadSingle(ref byte start, out float value)
    {
        int length = Measure(ref start, out int sign, out int whole, out int fraction);
        value = 0;
        if (length == 0 || whole > Word)
        {
            return 0;
        }

        double number = UpToEight(ref Unsafe.Add(ref start, sign), whole);
        if (fraction > 0)
        {
            Vector128<byte> mask = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(Masks), (nuint)(Vector - Math.Min(fraction, Vector)));
            number += (long)Sixteen(ref Unsafe.Add(ref start, sign + whole + 1), mask) * LastDigit;
            uint rest = (uint)BitConverter.DoubleToUInt64Bits(number) & Rest;
            if ((rest - (Half - Doubt) <= 2 * Doubt) | ((fraction > Vector) & (number < LeastCut))) // how many digits there are cannot be foreseen
            {
                return 0;
            }
        }

        value = (float)(sign == 0 ? number : -number);
        return length;
    }

    /// <summary>Reads an integer of up to 16 digits.</summary>
    /// <returns>Its length in bytes, or 0 when it is left to the caller.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static int ReadInteger(ref byte start, out long value)
    {
        int length = Measure(ref start, out int sign, out int whole, out int fraction);
        if (length == 0 || fraction > 0 || whole > Vector)
        {
            value = 0;
            return 0;
        }

        long digits = whole <= Word
            ? UpToEight(ref Unsafe.Add(ref start, sign), whole)
            : (long)Sixteen(ref Unsafe.Add(ref start, length - Vector), Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(Masks), (nuint)(Vector + whole)));
        value = sign == 0 ? digits : -digits;
        return length;
    }

    /// <summary>Returns the length of a number in JSON's notation, or 0 when it is left to the caller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Measure(ref byte start) => Measure(ref start, out _, out _, out _);

    /// <remarks>What comes next in the text waits for the length alone, so that the way to it is short: one look at the bytes, and branches for what can be foreseen.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Measure(ref byte start, out int sign, out int whole, out int fraction)
    {
        uint others = Vector256.GreaterThan(Vector256.LoadUnsafe(ref start) - Vector256.Create((byte)'0'), Vector256.Create((byte)9)).ExtractMostSignificantBits();
        sign = 0;
        fraction = 0;
        if ((others & 1) != 0)
        {
            others &= others - 1;
            sign = 1;
            if (start != '-')
            {
                whole = 0;
                return 0;
            }
        }

        int length = BitOperations.TrailingZeroCount(others);
        whole = length - sign;
        if (whole == 0 || (Unsafe.Add(ref start, sign) == '0' && whole > 1))
        {
            return 0;
        }

        if (Unsafe.Add(ref start, length) == '.')
        {
            others &= others - 1;
            length = BitOperations.TrailingZeroCount(others);
            fraction = length - sign - whole - 1;
            if (fraction == 0)
            {
                return 0;
            }
        }

        return others == 0 || (Unsafe.Add(ref start, length) | 0x20) == 'e' ? 0 : length;
    }

    /// <summary>Returns the number that one to eight digits make.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint UpToEight(ref byte first, int count) => ValueOf((Unsafe.ReadUnaligned<ulong>(ref first) - Zeros) << (8 * (Word - count)));

    /// <summary>Returns the number that 16 digits make, those outside the mask being zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Sixteen(ref byte first, Vector128<byte> mask)
    {
        Vector128<byte> digits = (Vector128.LoadUnsafe(ref first) - Vector128.Create((byte)'0')) & mask;
        if (Sse41.IsSupported)
        {
            Vector128<short> pairs = Ssse3.MultiplyAddAdjacent(digits, Vector128.Create((ushort)0x010a).AsSByte());
            Vector128<int> fours = Sse2.MultiplyAddAdjacent(pairs, Vector128.Create(0x0001_0064).AsInt16());
            Vector128<short> packed = Sse41.PackUnsignedSaturate(fours, fours).AsInt16();
            ulong eights = Sse2.MultiplyAddAdjacent(packed, Vector128.Create(0x0001_2710).AsInt16()).AsUInt64().ToScalar();
            return ((uint)eights * EightDigits) + (eights >> 32);
        }

        return (ValueOf(digits.AsUInt64().GetElement(0)) * EightDigits) + ValueOf(digits.AsUInt64().GetElement(1));
    }

    /// <summary>Returns the value of eight digits less '0', the first in the lowest byte: combines pairs, then fours, then all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint ValueOf(ulong eight)
    {
        eight = (eight * 10) + (eight >> 8);
        return (uint)((((eight & 0x000000ff000000ff) * 0x000f424000000064) + (((eight >> 16) & 0x000000ff000000ff) * 0x0000271000000001)) >> 32);
    }
}
