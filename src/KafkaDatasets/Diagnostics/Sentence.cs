using System.Text.RegularExpressions;

namespace KafkaDatasets.Diagnostics;

/// <summary>Normalizes the full stops of a message that was composed of parts, some of which already end with one.</summary>
internal static partial class Sentence
{
    /// <summary>Returns the text with exactly one full stop at its end, and none before another full stop, a semicolon or a colon, or behind a question mark. Dots within words, numbers and ellipses are kept.</summary>
    public static string Of(string text)
    {
        string clean = StopBefore().Replace(text.TrimEnd(), "");
        return clean.EndsWith('.') || clean.EndsWith('?') || clean.EndsWith('!') || clean.EndsWith('…') ? clean : $"{clean}.";
    }

    /// <summary>The message of an exception without the name of a parameter, which says nothing to somebody who did not call the method.</summary>
    public static string Message(Exception e) => e is ArgumentException { ParamName: { } parameter } ? e.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal) : e.Message;

    [GeneratedRegex(@"(?<!\.)\.(?=[.;:](\s|$))|(?<=[?!])\.(?=\s|$)")]
    private static partial Regex StopBefore();
}
