using System.Text.RegularExpressions;

namespace KafkaDatasets.Diagnostics;

/// <summary>Makes one sentence after another of a message that was put together from parts, some of which end with a full stop already.</summary>
internal static partial class Sentence
{
    /// <summary>The text with one full stop at its end, and none before another one, a semicolon or a colon. Dots within words, numbers and ellipses stay.</summary>
    public static string Of(string text)
    {
        string clean = StopBefore().Replace(text.TrimEnd(), "");
        return clean.EndsWith('.') || clean.EndsWith('?') || clean.EndsWith('!') || clean.EndsWith('…') ? clean : $"{clean}.";
    }

    [GeneratedRegex(@"(?<!\.)\.(?=[.;:](\s|$))")]
    private static partial Regex StopBefore();
}
