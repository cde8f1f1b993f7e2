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
    public static string? Describe(DataPart part, ReadOnlySpan<byte> bytes, string format) => Look(bytes, format) is { } look ? $"The {part} looks like {look}." : null;

    private static string? Look(ReadOnlySpan<byte> bytes, string format) => bytes switch
    {
        [(byte)'O', (byte)'b', (byte)'j', 1, ..] => "an Avro object container file, which is not a record",
        [0x1f, 0x8b, ..] => "gzip: the program that wrote it has compressed each value itself",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd: the program that wrote it has compressed each value itself",
        [0x80, 2 or 3 or 4 or 5, .., (byte)'.'] => "a pickle of Python, which no format reads",
        [0xac, 0xed, 0, 5, ..] => "an object serialized by Java, which no format reads",
        _ => Text(bytes, format),
    };

    private static string? Text(ReadOnlySpan<byte> bytes, string format)
    {
        ReadOnlySpan<byte> text = bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        text = text.Trim(" \t\r\n"u8);
        if (text.IsEmpty || text[..Math.Min(text.Length, MostText)].ContainsAnyInRange((byte)0, (byte)8))
        {
            return null;
        }

        bool isJson = (text[0], text[^1]) is ((byte)'{', (byte)'}') or ((byte)'[', (byte)']');
        if (isJson)
        {
            return format.Equals("JSON", StringComparison.OrdinalIgnoreCase) ? null : $"JSON (it begins with {(char)text[0]}): {nameof(RecordFormat)}.{nameof(RecordFormat.Json)} reads that";
        }

        bool isText = System.Text.Unicode.Utf8.IsValid(text) && !text.ContainsAnyInRange((byte)0, (byte)8) && !text.ContainsAnyInRange((byte)14, (byte)31);
        return !isText || format is "CSV" or "text" ? null
            : text.Contains((byte)',') ? $"comma-separated text: {nameof(RecordFormat)}.{nameof(RecordFormat.Csv)} reads that"
            : text.Length >= 4 ? "plain text" : null;
    }
}
