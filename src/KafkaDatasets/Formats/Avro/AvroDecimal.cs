using System.Globalization;
using System.Numerics;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Converts Avro decimals (an unscaled integer, big-endian in two's complement, and a scale) to the nearest double.</summary>
internal static class AvroDecimal
{
    /// <summary>The maximum length of a decimal, about 2,400 digits: longer ones are not meaningful numbers and are slow to convert.</summary>
    private const int MaxBytes = 1000;

    private const long MaxExact = 1L << 53;

    /// <summary>The powers of ten that a double holds exactly.</summary>
    private static readonly double[] Powers = [.. Enumerable.Range(0, 23).Select(e => double.Parse($"1e{e}", CultureInfo.InvariantCulture))];

    /// <exception cref="MalformedValueException">The decimal is too long.</exception>
    public static double ToDouble(ReadOnlySpan<byte> unscaled, int scale)
    {
        if (unscaled.Length > Int128Bytes)
        {
            return unscaled.Length <= MaxBytes
                ? double.Parse($"{new BigInteger(unscaled, isBigEndian: true)}e{-scale}", NumberStyles.Float, CultureInfo.InvariantCulture)
                : throw new MalformedValueException($"a decimal of {unscaled.Length} bytes, more than {MaxBytes}");
        }

        Int128 value = unscaled.IsEmpty ? 0 : (sbyte)unscaled[0] >> 7;
        foreach (byte b in unscaled)
        {
            value = (value << 8) | b;
        }

        if (scale >= 0 && scale < Powers.Length && value >= -MaxExact && value <= MaxExact)
        {
            return (double)(long)value / Powers[scale]; // both numbers are exact, so the result is rounded once
        }

        Span<byte> text = stackalloc byte[64];
        System.Text.Unicode.Utf8.TryWrite(text, CultureInfo.InvariantCulture, $"{value}e{-scale}", out int length);
        return double.Parse(text[..length], NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    private const int Int128Bytes = 16;
}
