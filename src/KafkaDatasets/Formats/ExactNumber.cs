using System.Globalization;
using System.Numerics;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats;

/// <summary>Stores numbers that are text or decimals in integer tensors without going through a floating-point number, which is exact only up to 2^53.</summary>
internal static class ExactNumber
{
    /// <summary>The most digits after the point that <see cref="decimal"/> holds.</summary>
    private const int MostDigits = 28;

    /// <summary>The largest scale that is worth the computation.</summary>
    private const int MostScale = 1000;

    /// <summary>Whether one of the columns is an integer tensor.</summary>
    public static bool AreWanted(ColumnTarget[] targets)
    {
        foreach (ref readonly ColumnTarget target in targets.AsSpan())
        {
            if (target.Definition is { Tensor: not null, Type: ColumnType.Int32 or ColumnType.Int64 })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Stores a number.</summary>
    /// <param name="targets">The columns.</param>
    /// <param name="value">The nearest floating-point number, for columns that are not integers.</param>
    /// <param name="text">The number as text.</param>
    /// <param name="block">The block.</param>
    public static void Store(ColumnTarget[] targets, double value, ReadOnlySpan<byte> text, RowBlock block)
    {
        if (AreWanted(targets) && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal exact))
        {
            targets.StoreNumber(value, exact, block);
        }
        else
        {
            targets.StoreNumber(value, block);
        }
    }

    /// <summary>Stores a decimal.</summary>
    /// <param name="targets">The columns.</param>
    /// <param name="value">The nearest floating-point number, for columns that are not integers.</param>
    /// <param name="unscaled">The unscaled integer, big-endian in two's complement.</param>
    /// <param name="scale">The number of digits after the point.</param>
    /// <param name="block">The block.</param>
    public static void Store(ColumnTarget[] targets, double value, ReadOnlySpan<byte> unscaled, int scale, RowBlock block)
    {
        if (AreWanted(targets) && TryGet(unscaled, scale, out decimal exact))
        {
            targets.StoreNumber(value, exact, block);
        }
        else
        {
            targets.StoreNumber(value, block);
        }
    }

    private static bool TryGet(ReadOnlySpan<byte> unscaled, int scale, out decimal exact)
    {
        exact = 0;
        if (Math.Abs((long)scale) > MostScale)
        {
            return false;
        }

        var number = new BigInteger(unscaled, isBigEndian: true);
        number *= BigInteger.Pow(10, Math.Max(-scale, 0));
        for (scale = Math.Max(scale, 0); scale > 0 && (scale > MostDigits || BigInteger.Abs(number) > (BigInteger)decimal.MaxValue); scale--)
        {
            number /= 10; // more digits than a decimal has
        }

        bool isHeld = BigInteger.Abs(number) <= (BigInteger)decimal.MaxValue;
        int[] parts = decimal.GetBits(isHeld ? (decimal)number : 0);
        exact = new decimal(parts[0], parts[1], parts[2], number.Sign < 0, (byte)scale);
        return isHeld;
    }
}
