using System.Buffers.Text;
using System.Globalization;
using System.Text;
using KafkaDatasets.Decoding;
using KafkaDatasets.Formats.Json;

namespace KafkaDatasets.Formats;

/// <summary>Parses numbers and Booleans from UTF-8 text by one set of rules for CSV fields, JSON numbers and JSON strings.</summary>
internal static class NumberText
{
    /// <summary>Reads the 32-bit floating-point number nearest to the text, including NaN and infinity as .NET, C, Python and <see cref="JsonText"/> write them.</summary>
    /// <returns>False when the text is not a number, or the number is out of range.</returns>
    public static bool TryReadSingle(ReadOnlySpan<byte> text, out float value)
    {
        if (FastNumber.TryRead(text, out FastNumber number) && number.Length == text.Length && number.TryGetSingle(out value))
        {
            return true;
        }

        if (float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && (float.IsFinite(value) || IsWord(text)))
        {
            return true;
        }

        bool isInfinite = TryReadInfinity(text, out double infinity);
        value = (float)infinity;
        return isInfinite;
    }

    /// <summary>Reads a 64-bit floating-point number; see <see cref="TryReadSingle"/>.</summary>
    public static bool TryReadDouble(ReadOnlySpan<byte> text, out double value)
    {
        if (FastNumber.TryRead(text, out FastNumber number) && number.Length == text.Length && number.TryGetDouble(out value))
        {
            return true;
        }

        return (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && (double.IsFinite(value) || IsWord(text)))
            || TryReadInfinity(text, out value);
    }

    /// <summary>Reads an integer, which may have a zero fraction or an exponent (<c>12.50e1</c> is 125).</summary>
    /// <returns>False when it is not an integer, or is outside the range of the type.</returns>
    public static bool TryReadInteger(ReadOnlySpan<byte> text, ColumnType type, out long value)
    {
        if (!Utf8Parser.TryParse(text, out value, out int length) || length != text.Length)
        {
            if (!TryReadWhole(text, out decimal number) || number < long.MinValue || number > long.MaxValue)
            {
                return false;
            }

            value = (long)number;
        }

        return IntegerRange.Contains(type, value);
    }

    /// <summary>Reads an integer that may need more than 63 bits; see <see cref="TryReadInteger"/>.</summary>
    public static bool TryReadUnsigned(ReadOnlySpan<byte> text, out ulong value)
    {
        if (Utf8Parser.TryParse(text, out value, out int length) && length == text.Length)
        {
            return true;
        }

        bool isRead = TryReadWhole(text, out decimal number) && number >= 0 && number <= ulong.MaxValue;
        value = isRead ? (ulong)number : 0;
        return isRead;
    }

    /// <summary>Reads <c>true</c> or <c>false</c> in any case, <c>1</c> or <c>0</c>, with or without blanks around it.</summary>
    public static bool TryReadBoolean(ReadOnlySpan<byte> text, out bool value)
    {
        text = text.Trim(" \t"u8);
        value = text is [(byte)'1'] || Ascii.EqualsIgnoreCase(text, "true"u8);
        return value || text is [(byte)'0'] || Ascii.EqualsIgnoreCase(text, "false"u8);
    }

    /// <summary>Reads <c>true</c> or <c>false</c> as 1 or 0, for floating-point columns, which also hold Booleans that may be missing.</summary>
    public static bool TryReadFlag(ReadOnlySpan<byte> text, out double value)
    {
        bool isRead = TryReadBoolean(text, out bool flag);
        value = flag ? 1 : 0;
        return isRead;
    }

    /// <summary>Whether a text is a number of any size.</summary>
    public static bool IsNumber(ReadOnlySpan<byte> text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    /// <summary>Whether a text is an integer within the range of a decimal.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> text) => TryReadWhole(text, out _);

    private static bool TryReadWhole(ReadOnlySpan<byte> text, out decimal number) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && decimal.IsInteger(number);

    /// <summary>Whether a number is infinite or NaN because the text says so, not because its digits are out of range.</summary>
    private static bool IsWord(ReadOnlySpan<byte> text) => !text.ContainsAnyInRange((byte)'0', (byte)'9');

    private static bool TryReadInfinity(ReadOnlySpan<byte> text, out double value)
    {
        if (Ascii.EqualsIgnoreCase(text, "inf"u8) || Ascii.EqualsIgnoreCase(text, "+inf"u8) || text.SequenceEqual(JsonText.PositiveInfinity))
        {
            value = double.PositiveInfinity;
            return true;
        }

        value = double.NegativeInfinity;
        return Ascii.EqualsIgnoreCase(text, "-inf"u8) || text.SequenceEqual(JsonText.NegativeInfinity);
    }
}
