using System.Numerics;

namespace KafkaDatasets.Formats;

/// <summary>The first 128 bits of each power of five from 5^−342 to 5^308, rounded down; inverse powers are rounded up.</summary>
internal static class PowersOfFive
{
    public const int Least = -342;
    public const int Most = 308;

    /// <summary>From this power on, the inverse is computed with only as many bits as the truncation needs.</summary>
    private const int LeastShort = -27;

    private static readonly ulong[] Values = Compute();

    public static (ulong High, ulong Low) Of(int power)
    {
        int index = 2 * (power - Least);
        return (Values[index], Values[index + 1]);
    }

    private static ulong[] Compute()
    {
        ulong[] values = new ulong[2 * (Most - Least + 1)];
        for (int power = Least; power <= Most; power++)
        {
            BigInteger value = power < 0 ? Inverse(power) : BigInteger.Pow(5, power);
            int length = (int)value.GetBitLength();
            value = length > 128 ? value >> (length - 128) : value << (128 - length);
            values[2 * (power - Least)] = (ulong)(value >> 64);
            values[(2 * (power - Least)) + 1] = (ulong)(value & ulong.MaxValue);
        }

        return values;
    }

    private static BigInteger Inverse(int power)
    {
        BigInteger divisor = BigInteger.Pow(5, -power);
        int length = (int)(divisor - 1).GetBitLength(); // the smallest z such that 2^z is not less than the divisor
        int bits = power >= LeastShort ? length + 127 : (2 * length) + 128;
        return (BigInteger.One << bits) / divisor + 1;
    }
}
