using System.Buffers.Text;
using System.Text;

namespace KafkaDatasets.Formats.Json;

/// <summary>Handles the escapes in JSON strings.</summary>
internal static class JsonEscapes
{
    private const int HexDigits = 4;

    /// <summary>Returns the length of the escape at the start of a text, including its backslash, or 0 when it is invalid.</summary>
    public static int Length(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2)
        {
            return 0;
        }

        switch (text[1])
        {
            case (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                return 2;
            case (byte)'u' when text.Length >= 2 + HexDigits && IsHex(text.Slice(2, HexDigits)):
                return 2 + HexDigits;
            default:
                return 0;
        }
    }

    /// <summary>Replaces the escapes of a string with the characters they represent.</summary>
    /// <param name="text">The string, whose escapes are all valid.</param>
    /// <param name="unescaped">A buffer of at least the same length.</param>
    /// <param name="length">The number of bytes written.</param>
    /// <returns>False when it has an unpaired surrogate, which is not valid text.</returns>
    public static bool TryUnescape(ReadOnlySpan<byte> text, Span<byte> unescaped, out int length)
    {
        length = 0;
        while (true)
        {
            int at = text.IndexOf((byte)'\\');
            ReadOnlySpan<byte> plain = at < 0 ? text : text[..at];
            plain.CopyTo(unescaped[length..]);
            length += plain.Length;
            if (at < 0)
            {
                return true;
            }

            text = text[at..];
            if (text[1] != 'u')
            {
                unescaped[length++] = text[1] switch
                {
                    (byte)'b' => (byte)'\b',
                    (byte)'f' => (byte)'\f',
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    (byte)'t' => (byte)'\t',
                    var same => same,
                };
                text = text[2..];
                continue;
            }

            char first = Unit(text);
            text = text[(2 + HexDigits)..];
            Rune rune;
            if (char.IsHighSurrogate(first) && text is [(byte)'\\', (byte)'u', ..] && Rune.TryCreate(first, Unit(text), out rune))
            {
                text = text[(2 + HexDigits)..];
            }
            else if (!Rune.TryCreate(first, out rune))
            {
                return false;
            }

            length += rune.EncodeToUtf8(unescaped[length..]);
        }
    }

    private static char Unit(ReadOnlySpan<byte> escape)
    {
        Utf8Parser.TryParse(escape.Slice(2, HexDigits), out ushort unit, out _, 'x');
        return (char)unit;
    }

    private static bool IsHex(ReadOnlySpan<byte> digits)
    {
        foreach (byte b in digits)
        {
            if (!char.IsAsciiHexDigit((char)b))
            {
                return false;
            }
        }

        return true;
    }
}
