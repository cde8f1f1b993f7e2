using System.Buffers;
using System.Globalization;
using System.Text;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats;

/// <summary>Reports text that is not UTF-8, in the formats whose writers choose the encoding themselves (CSV, JSON).</summary>
internal static class Utf8Text
{
    /// <summary>The exception for text that is not UTF-8; it names the first byte that is not.</summary>
    public static MalformedValueException Malformed(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (at < text.Length && Rune.DecodeFromUtf8(text[at..], out _, out int length) == OperationStatus.Done)
        {
            at += length;
        }

        return new MalformedValueException(string.Create(CultureInfo.InvariantCulture, $"the text is not UTF-8: byte 0x{text[Math.Min(at, text.Length - 1)]:x2} at position {at}"));
    }
}
