using System.Buffers;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Json;

/// <summary>Writes JSON values (RFC 8259) in UTF-8 with as few escapes as possible.</summary>
internal static class JsonText
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create([.. Enumerable.Range(0, ' ').Select(c => (char)c), '"', '\\']);

    /// <summary>The number that represents infinity, which JSON lacks: too large for a double, so that readers parse it as infinity.</summary>
    public static ReadOnlySpan<byte> PositiveInfinity => "1e999"u8;

    /// <summary>The number that represents negative infinity.</summary>
    public static ReadOnlySpan<byte> NegativeInfinity => "-1e999"u8;

    public static void WriteString(ValueBuffer buffer, ReadOnlySpan<char> text)
    {
        buffer.WriteByte((byte)'"');
        while (text.IndexOfAny(Escaped) is >= 0 and var at)
        {
            buffer.WriteUtf8(text[..at]);
            WriteEscaped(buffer, text[at]);
            text = text[(at + 1)..];
        }

        buffer.WriteUtf8(text);
        buffer.WriteByte((byte)'"');
    }

    public static byte[] Bytes(string text)
    {
        var buffer = new ValueBuffer();
        WriteString(buffer, text);
        return buffer.Written.ToArray();
    }

    /// <summary>Writes the shortest text that round-trips; NaN, which means missing, becomes null.</summary>
    public static void WriteNumber(ValueBuffer buffer, float value)
    {
        if (float.IsFinite(value))
        {
            buffer.WriteFormatted(value);
        }
        else
        {
            WriteOther(buffer, value);
        }
    }

    /// <inheritdoc cref="WriteNumber(ValueBuffer, float)"/>
    public static void WriteNumber(ValueBuffer buffer, double value)
    {
        if (double.IsFinite(value))
        {
            buffer.WriteFormatted(value);
        }
        else
        {
            WriteOther(buffer, value);
        }
    }

    private static void WriteOther(ValueBuffer buffer, double value) => buffer.WriteRaw(double.IsNaN(value) ? "null"u8 : value > 0 ? PositiveInfinity : NegativeInfinity);

    private static void WriteEscaped(ValueBuffer buffer, char c)
    {
        switch (c)
        {
            case '"' or '\\':
                buffer.WriteByte((byte)'\\');
                buffer.WriteByte((byte)c);
                break;
            case '\n':
                buffer.WriteRaw("\\n"u8);
                break;
            case '\r':
                buffer.WriteRaw("\\r"u8);
                break;
            case '\t':
                buffer.WriteRaw("\\t"u8);
                break;
            default:
                buffer.WriteRaw("\\u"u8);
                buffer.WriteFormatted((int)c, "x4");
                break;
        }
    }
}
