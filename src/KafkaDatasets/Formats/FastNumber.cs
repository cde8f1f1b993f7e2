using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace KafkaDatasets.Formats;

/// <summary>
/// Parses a number in JSON's notation to its decimal digits and the nearest floating-point number, without a table of the number's digits:
/// exactly from two powers of ten when both are exact (Clinger), otherwise with a 128-bit product (Eisel and Lemire, "Number parsing at a gigabyte per second").
/// </summary>
/// <remarks>All other numbers (more than 19 digits, subnormal numbers, overflow) are left to the caller's slower parser.</remarks>
internal readonly struct FastNumber
{
    private const int MaxDigits = 19;
    private const int ExactPowersOfDouble = 22;
    private const int ExactPowersOfSingle = 10;
    private const ulong ExactIntegersOfDouble = 1UL << 53;
    private const ulong ExactIntegersOfSingle = 1UL << 24;
    private const ulong Zeros = 0x3030303030303030;
    private const ulong HighHalves = 0xf0f0f0f0f0f0f0f0;

    private static readonly double[] PowersOfDouble = [.. Enumerable.Range(0, ExactPowersOfDouble + 1).Select(e => double.Parse($"1e{e}", System.Globalization.CultureInfo.InvariantCulture))];
    private static readonly float[] PowersOfSingle = [.. PowersOfDouble.Take(ExactPowersOfSingle + 1).Select(p => (float)p)];

    private static ReadOnlySpan<uint> SmallPowers => [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000];

    private readonly ulong _digits;
    private readonly int _exponent;

    private FastNumber(ulong digits, int exponent, int length, bool isNegative, bool isInteger)
    {
        _digits = digits;
        _exponent = exponent;
        Length = length;
        IsNegative = isNegative;
        IsInteger = isInteger;
    }

    /// <summary>The length of the number in bytes.</summary>
    public int Length { get; }

    public bool IsNegative { get; }

    /// <summary>Whether it has neither a fraction nor an exponent, and at most 18 digits.</summary>
    public bool IsInteger { get; }

    /// <summary>The value, when <see cref="IsInteger"/> is true.</summary>
    public long Integer => IsNegative ? -(long)_digits : (long)_digits;

    /// <summary>Reads the number at the start of a text.</summary>
    /// <returns>False when the text does not start with an RFC 8259 number, or the number has more than 19 significant digits.</returns>
    public static bool TryRead(ReadOnlySpan<byte> text, out FastNumber number)
    {
        number = default;
        int at = 0;
        bool isNegative = text.Length > 0 && text[0] == '-';
        if (isNegative)
        {
            at = 1;
        }

        ulong digits = 0;
        int first = at;
        at = ReadDigits(text, at, ref digits);
        int count = at - first;
        if (count == 0 || (count > 1 && text[first] == '0'))
        {
            return false;
        }

        int exponent = 0;
        bool isInteger = count < MaxDigits;
        if ((uint)at < (uint)text.Length && text[at] == '.')
        {
            int point = ++at;
            at = ReadDigits(text, at, ref digits);
            if (at == point)
            {
                return false;
            }

            exponent = point - at;
            count += at - point;
            isInteger = false;
        }

        if (count > MaxDigits && count - LeadingZeros(text[first..at]) > MaxDigits)
        {
            return false; // the digits have overflowed
        }

        if ((uint)at < (uint)text.Length && (text[at] | 0x20) == 'e')
        {
            isInteger = false;
            if (!TryReadExponent(text, ref at, ref exponent))
            {
                return false;
            }
        }

        number = new FastNumber(digits, exponent, at, isNegative, isInteger);
        return true;
    }

    /// <summary>Reads the integer at the start of a text: at most 18 digits, without a fraction or exponent.</summary>
    /// <returns>Its length in bytes, or 0 when the text does not start with one.</returns>
    public static int ReadInteger(ReadOnlySpan<byte> text, out long value)
    {
        int first = text.Length > 0 && text[0] == '-' ? 1 : 0;
        ulong digits = 0;
        int at = ReadDigits(text, first, ref digits);

        value = first == 0 ? (long)digits : -(long)digits;
        int count = at - first;
        bool isInteger = count is > 0 and < MaxDigits && (count == 1 || text[first] != '0') && ((uint)at >= (uint)text.Length || (text[at] != '.' && (text[at] | 0x20) != 'e'));
        return isInteger ? at : 0;
    }

    /// <summary>Reads a simple number at the start of a text: at most 19 digits in all, with or without a decimal point, and without an exponent.</summary>
    /// <returns>Its length in bytes, or 0 when the text does not start with one.</returns>
    public static int ReadDouble(ReadOnlySpan<byte> text, out double value)
    {
        int length = ReadSimple(text, out ulong digits, out int exponent);
        if (digits <= ExactIntegersOfDouble)
        {
            double exact = digits / PowersOfDouble[-exponent]; // at most 18 digits after the decimal point, so the power is exact
            value = length > 0 && text[0] == '-' ? -exact : exact;
            return length;
        }

        return new FastNumber(digits, exponent, length, text[0] == '-', false).TryGetDouble(out value) ? length : 0;
    }

    /// <summary>Does the same as <see cref="ReadDouble"/> for the nearest 32-bit number.</summary>
    /// <returns>Its length in bytes, or 0 when the text does not start with one.</returns>
    public static int ReadSingle(ReadOnlySpan<byte> text, out float value)
    {
        int length = ReadSimple(text, out ulong digits, out int exponent);
        if (digits <= ExactIntegersOfSingle && exponent >= -ExactPowersOfSingle)
        {
            float exact = digits / PowersOfSingle[-exponent];
            value = length > 0 && text[0] == '-' ? -exact : exact;
            return length;
        }

        return new FastNumber(digits, exponent, length, text[0] == '-', false).TryGetSingle(out value) ? length : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ReadSimple(ReadOnlySpan<byte> text, out ulong digits, out int exponent)
    {
        int first = text.Length > 0 && text[0] == '-' ? 1 : 0;
        digits = 0;
        exponent = 0;
        int at = ReadDigits(text, first, ref digits);
        int count = at - first;
        bool isSimple = count > 0 && (count == 1 || text[first] != '0');
        if (isSimple && (uint)at < (uint)text.Length && text[at] == '.')
        {
            int point = ++at;
            at = ReadDigits(text, at, ref digits);
            exponent = point - at;
            count -= exponent;
            isSimple = exponent < 0;
        }

        if (isSimple && count <= MaxDigits && ((uint)at >= (uint)text.Length || (text[at] | 0x20) != 'e'))
        {
            return at;
        }

        digits = 0;
        exponent = 0;
        return 0;
    }

    /// <summary>Gets the nearest 64-bit number.</summary>
    public bool TryGetDouble(out double value)
    {
        if (_digits <= ExactIntegersOfDouble && _exponent is >= -ExactPowersOfDouble and <= ExactPowersOfDouble)
        {
            double exact = _digits;
            exact = _exponent < 0 ? exact / PowersOfDouble[-_exponent] : exact * PowersOfDouble[_exponent];
            value = IsNegative ? -exact : exact;
            return true;
        }

        bool isComputed = TryCompute(52, -1023, 0x7ff, -4, 23, out ulong bits);
        value = BitConverter.UInt64BitsToDouble(bits | (IsNegative ? 1UL << 63 : 0));
        return isComputed;
    }

    /// <summary>Gets the nearest 32-bit number.</summary>
    public bool TryGetSingle(out float value)
    {
        if (_digits <= ExactIntegersOfSingle && _exponent is >= -ExactPowersOfSingle and <= ExactPowersOfSingle)
        {
            float exact = _digits;
            exact = _exponent < 0 ? exact / PowersOfSingle[-_exponent] : exact * PowersOfSingle[_exponent];
            value = IsNegative ? -exact : exact;
            return true;
        }

        bool isComputed = TryCompute(23, -127, 0xff, -17, 10, out ulong bits);
        value = BitConverter.UInt32BitsToSingle((uint)bits | (IsNegative ? 1U << 31 : 0));
        return isComputed;
    }

    /// <summary>Returns the end of the digits that start at a position.</summary>
    public static int EndOfDigits(ReadOnlySpan<byte> text, int at)
    {
        while (text.Length - at >= sizeof(ulong))
        {
            int count = CountDigits(BinaryPrimitives.ReadUInt64LittleEndian(text[at..]));
            at += count;
            if (count < sizeof(ulong))
            {
                return at;
            }
        }

        while ((uint)at < (uint)text.Length && (uint)(text[at] - '0') <= 9)
        {
            at++;
        }

        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ReadDigits(ReadOnlySpan<byte> text, int at, ref ulong digits)
    {
        while (text.Length - at >= sizeof(ulong))
        {
            ulong eight = BinaryPrimitives.ReadUInt64LittleEndian(text[at..]);
            int count = CountDigits(eight);
            if (count < sizeof(ulong))
            {
                if (count > 0)
                {
                    eight = (eight << (64 - (8 * count))) | (Zeros >> (8 * count)); // zeros before the digits
                    digits = (digits * SmallPowers[count]) + ValueOf(eight);
                }

                return at + count;
            }

            digits = (digits * 100_000_000) + ValueOf(eight);
            at += sizeof(ulong);
        }

        while ((uint)at < (uint)text.Length && (uint)(text[at] - '0') <= 9)
        {
            digits = (digits * 10) + (uint)(text[at] - '0');
            at++;
        }

        return at;
    }

    /// <summary>Returns the number of leading digits in eight bytes, the first of which is the lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CountDigits(ulong eight)
    {
        ulong others = ((eight & HighHalves) ^ Zeros) | (((eight + 0x0606060606060606) & HighHalves) ^ Zeros);
        return BitOperations.TrailingZeroCount(others) >> 3; // 64 zero bits, that is eight digits, when there are no other characters
    }

    /// <summary>Returns the value of eight digits, the first in the lowest byte: combines pairs, then fours, then all.</summary>
    private static uint ValueOf(ulong eight)
    {
        eight -= Zeros;
        eight = (eight * 10) + (eight >> 8);
        return (uint)((((eight & 0x000000ff000000ff) * 0x000f424000000064) + (((eight >> 16) & 0x000000ff000000ff) * 0x0000271000000001)) >> 32);
    }

    private static int LeadingZeros(ReadOnlySpan<byte> digits)
    {
        int zeros = 0;
        foreach (byte b in digits)
        {
            if (b == '0')
            {
                zeros++;
            }
            else if (b != '.')
            {
                break;
            }
        }

        return zeros;
    }

    private static bool TryReadExponent(ReadOnlySpan<byte> text, ref int at, ref int exponent)
    {
        at++;
        bool isNegative = (uint)at < (uint)text.Length && text[at] == '-';
        if (isNegative || ((uint)at < (uint)text.Length && text[at] == '+'))
        {
            at++;
        }

        int first = at;
        int written = 0;
        while ((uint)at < (uint)text.Length && (uint)(text[at] - '0') <= 9)
        {
            written = Math.Min((written * 10) + text[at] - '0', 100_000);
            at++;
        }

        exponent += isNegative ? -written : written;
        return at > first;
    }

    /// <summary>Applies Eisel and Lemire's algorithm.</summary>
    /// <param name="mantissaBits">The number of fraction bits of the type.</param>
    /// <param name="leastExponent">The exponent that marks subnormal numbers.</param>
    /// <param name="infiniteExponent">The biased exponent of infinity.</param>
    /// <param name="leastTie">The smallest power of ten for which a product may lie exactly between two numbers.</param>
    /// <param name="mostTie">The largest such power.</param>
    /// <param name="bits">The number without its sign.</param>
    private bool TryCompute(int mantissaBits, int leastExponent, int infiniteExponent, int leastTie, int mostTie, out ulong bits)
    {
        bits = 0;
        if (_digits == 0)
        {
            return true;
        }

        if (_exponent is < PowersOfFive.Least or > PowersOfFive.Most)
        {
            return false;
        }

        int zeros = BitOperations.LeadingZeroCount(_digits);
        ulong normalized = _digits << zeros;
        (ulong high, ulong low) = PowersOfFive.Of(_exponent);
        ulong productHigh = Math.BigMul(normalized, high, out ulong productLow);
        ulong unsure = ulong.MaxValue >> (mantissaBits + 3);
        if ((productHigh & unsure) == unsure)
        {
            ulong carry = Math.BigMul(normalized, low, out _);
            productLow += carry;
            productHigh += productLow < carry ? 1UL : 0;
            if (productLow == ulong.MaxValue && _exponent is < -27 or > 55)
            {
                return false;
            }
        }

        int upper = (int)(productHigh >> 63);
        int shift = upper + 64 - mantissaBits - 3;
        ulong mantissa = productHigh >> shift;
        int exponent = (((152170 + 65536) * _exponent) >> 16) + 63 + upper - zeros - leastExponent;
        if (exponent <= 0)
        {
            return false;
        }

        if (productLow <= 1 && _exponent >= leastTie && _exponent <= mostTie && (mantissa & 3) == 1 && mantissa << shift == productHigh)
        {
            mantissa &= ~1UL; // exactly between two numbers: round to even
        }

        mantissa = (mantissa + (mantissa & 1)) >> 1;
        if (mantissa >= 2UL << mantissaBits)
        {
            mantissa = 1UL << mantissaBits;
            exponent++;
        }

        bits = (mantissa & ~(1UL << mantissaBits)) | ((ulong)exponent << mantissaBits);
        return exponent < infiniteExponent;
    }
}
