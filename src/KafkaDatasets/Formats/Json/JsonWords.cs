namespace KafkaDatasets.Formats.Json;

/// <summary>Handles unquoted NaN and infinity: they are not valid JSON, but Python and others write them.</summary>
internal static class JsonWords
{
    private static ReadOnlySpan<byte> NaN => "NaN"u8;

    private static ReadOnlySpan<byte> Infinity => "Infinity"u8;

    /// <summary>Whether a text contains one of the words, even within a string.</summary>
    public static bool Contains(ReadOnlySpan<byte> text) => text.IndexOf(NaN) >= 0 || text.IndexOf(Infinity) >= 0;

    /// <summary>Whether a text is one of the words, which are numbers with quotes or without.</summary>
    public static bool IsWord(ReadOnlySpan<byte> text) => !text.IsEmpty && WordLength(text) == text.Length;

    /// <summary>Returns the text with quotes around the words that are outside strings, including their sign.</summary>
    /// <param name="text">The text.</param>
    /// <param name="words">Where these words, with their quotes, start in the result.</param>
    public static byte[] Quote(ReadOnlySpan<byte> text, HashSet<long> words)
    {
        var quoted = new List<byte>(text.Length + 16);
        bool isInString = false;
        for (int i = 0; i < text.Length; i++)
        {
            ReadOnlySpan<byte> rest = text[i..];
            int length = isInString ? 0 : WordLength(rest);
            if (length > 0)
            {
                words.Add(quoted.Count);
                quoted.Add((byte)'"');
                quoted.AddRange(rest[..length]);
                quoted.Add((byte)'"');
                i += length - 1;
                continue;
            }

            quoted.Add(rest[0]);
            if (isInString && rest[0] == '\\' && rest.Length > 1)
            {
                quoted.Add(rest[1]);
                i++;
            }
            else if (rest[0] == '"')
            {
                isInString = !isInString;
            }
        }

        return [.. quoted];
    }

    private static int WordLength(ReadOnlySpan<byte> text)
    {
        int sign = text[0] == '-' ? 1 : 0;
        return sign == 0 && text.StartsWith(NaN) ? NaN.Length : text[sign..].StartsWith(Infinity) ? sign + Infinity.Length : 0;
    }
}
