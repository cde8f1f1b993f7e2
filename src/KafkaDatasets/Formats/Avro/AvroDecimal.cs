using System.Globalization;
using System.Numerics;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Avro's decimals: an unscaled integer, big-endian in two's complement, and a scale; here the double nearest to it.</summary>
internal static class AvroDecimal
{
    /// <summary>The most bytes of a decimal, some 2,400 digits: more cannot be a number that anyone means, and takes long to convert.</summary>
    private const int MaxBytes = 1000;

    private const long MaxExact = 1L << 53;

    /// <summary>The powers of ten that are exact.</summary>
    private static readonly double[] Powers = [.. Enumerable.Range(0, 23).Select(e => double.Parse($"1e{e}", CultureInfo.InvariantCulture))];

    /// <exception cref="MalformedValueException">It is too long.</exception>
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
            return (double)(long)value / Powers[scale]; // of two exact numbers: rounded once
        }

        Span<byte> text = stackalloc byte[64];
        System.Text.Unicode.Utf8.TryWrite(text, CultureInfo.InvariantCulture, $"{value}e{-scale}", out int length);
        return double.Parse(text[..length], NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    private const int Int128Bytes = 16;
}
