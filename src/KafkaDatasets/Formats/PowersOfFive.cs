using System.Numerics;

namespace KafkaDatasets.Formats;

/// <summary>The powers of five from 5^−342 to 5^308, each by its first 128 bits: rounded down, the inverse ones up.</summary>
internal static class PowersOfFive
{
    public const int Least = -342;
    public const int Most = 308;

    /// <summary>From this power on, the inverse is computed with as many bits as the truncation asks for.</summary>
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
        int length = (int)(divisor - 1).GetBitLength(); // the least z such that 2^z is no less than the divisor
        int bits = power >= LeastShort ? length + 127 : (2 * length) + 128;
        return (BigInteger.One << bits) / divisor + 1;
    }
}
