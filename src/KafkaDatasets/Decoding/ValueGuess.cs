namespace KafkaDatasets.Decoding;

/// <summary>Describes what undecodable, unframed bytes look like: usually the format in the options is not the topic's.</summary>
internal static class ValueGuess
{
    /// <summary>The most bytes of text to inspect.</summary>
    private const int MostText = 256;

    /// <summary>Returns a sentence that names what the bytes look like and the format that reads it, or null when they look as expected or are not recognised.</summary>
    /// <param name="part">The part that the bytes are.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="format">The name of the format that was used to read them.</param>
    /// <param name="framing">The framing that they were read with, or null when they were read without one.</param>
    public static string? Describe(DataPart part, ReadOnlySpan<byte> bytes, string format, RecordFraming? framing = null) =>
        Look(part, bytes, format, framing is not null) is { } look ? $"The {part} looks like {look}." : null;

    private static string? Look(DataPart part, ReadOnlySpan<byte> bytes, string format, bool isFramed) => bytes switch
    {
        [(byte)'O', (byte)'b', (byte)'j', 1, ..] => "an Avro object container file, which is not a record",
        [0x1f, 0x8b, ..] => "gzip: the program that wrote it has compressed each value itself",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd: the program that wrote it has compressed each value itself",
        [0x80, 2 or 3 or 4 or 5, .., (byte)'.'] => "a pickle of Python, which no format reads",
        [0xac, 0xed, 0, 5, ..] => "an object serialized by Java, which no format reads",
        [0xff, 0xfe, ..] or [0xfe, 0xff, ..] when format is "CSV" or "text" || IsJson(format) => "text in UTF-16, where UTF-8 is expected",
        _ => Text(part, bytes, format, isFramed),
    };

    private static string? Text(DataPart part, ReadOnlySpan<byte> bytes, string format, bool isFramed)
    {
        ReadOnlySpan<byte> text = bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        text = text.Trim(" \t\r\n"u8);
        if (text.IsEmpty || text[..Math.Min(text.Length, MostText)].ContainsAnyInRange((byte)0, (byte)8))
        {
            return null;
        }

        if (text is [(byte)'{', .., (byte)'}'] or [(byte)'[', .., (byte)']'])
        {
            return Json(part, text, IsJson(format), isFramed);
        }

        if (text[0] == '{' && text[1..].TrimStart(" \t\r\n"u8) is [(byte)'"', ..])
        {
            return "JSON that is cut off: it begins with { and does not end with }";
        }

        if (text is [(byte)'"', .., (byte)'"'] && IsJson(format) && !isFramed && part == DataPart.Value)
        {
            return "a JSON string: the program that wrote it may have encoded the object twice";
        }

        bool isText = System.Text.Unicode.Utf8.IsValid(text) && !text.ContainsAnyInRange((byte)0, (byte)8) && !text.ContainsAnyInRange((byte)14, (byte)31);
        return !isText ? null : Separated(text, isExpected: format is "CSV" or "text" && !isFramed);
    }

    private static string? Json(DataPart part, ReadOnlySpan<byte> text, bool isExpected, bool isFramed)
    {
        const string reads = $"{nameof(RecordFormat)}.{nameof(RecordFormat.Json)}";
        bool isObject = text[0] == '{';
        if (isObject && (text.IndexOf("}\n{"u8) >= 0 || text.IndexOf("}\r\n{"u8) >= 0))
        {
            return "several JSON objects, where a record holds one";
        }

        if (isExpected && !isFramed)
        {
            return isObject || part == DataPart.Key ? null : $"a JSON array: {reads} reads objects, whose members are the columns";
        }

        return isExpected ? $"JSON without a frame (it begins with {(char)text[0]}): {reads}(schema) reads that"
            : isObject ? $"JSON (it begins with {{): {reads} reads that"
            : $"a JSON array (it begins with [): {reads} reads objects, whose members are the columns";
    }

    /// <summary>Describes text by its separator.</summary>
    private static string? Separated(ReadOnlySpan<byte> text, bool isExpected)
    {
        if (isExpected && text.Contains((byte)'\n') && !text.Contains((byte)'"'))
        {
            return "several lines, where a record holds one";
        }

        int commas = text.Count((byte)',');
        (byte separator, string name) = text.Count((byte)';') >= text.Count((byte)'\t') ? ((byte)';', "semicolons") : ((byte)'\t', "tabs");
        return text.Count(separator) is > 0 and var others && others >= commas ? $"text separated by {name}, where {nameof(RecordFormat)}.{nameof(RecordFormat.Csv)} reads commas: write it with commas"
            : isExpected ? null
            : commas > 0 ? $"comma-separated text: {nameof(RecordFormat)}.{nameof(RecordFormat.Csv)} reads that"
            : text.Length >= 4 ? "plain text" : null;
    }

    private static bool IsJson(string format) => format.Equals("JSON", StringComparison.OrdinalIgnoreCase);
}
