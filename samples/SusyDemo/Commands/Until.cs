using System.Globalization;
using KafkaDatasets;

namespace SusyDemo.Commands;

/// <summary>When a command that follows a topic ends.</summary>
internal static class Until
{
    private const string Idle = "idle:";

    /// <exception cref="DemoException">The text is not a condition.</exception>
    public static StopAt Parse(string text) => text switch
    {
        "caught-up" => StopAt.CaughtUp,
        "never" => StopAt.Never,
        _ when text.StartsWith(Idle, StringComparison.Ordinal)
            && double.TryParse(text.AsSpan(Idle.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            && seconds is > 0 and < 1e6 => StopAt.IdleFor(TimeSpan.FromSeconds(seconds)),
        _ => throw new DemoException($"--until is '{text}': choose caught-up, idle:SECONDS or never."),
    };
}
