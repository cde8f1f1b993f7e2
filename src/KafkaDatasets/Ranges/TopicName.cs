using System.Diagnostics.CodeAnalysis;

namespace KafkaDatasets.Ranges;

/// <summary>Kafka's rules for topic names.</summary>
internal static class TopicName
{
    private const int MaxLength = 249;

    /// <summary>Whether a topic name is valid.</summary>
    public static bool IsValid([NotNullWhen(true)] string? name) =>
        name is not (null or "" or "." or "..") && name.Length <= MaxLength && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    /// <summary>Why a topic name is invalid, as a clause; null when it is valid.</summary>
    public static string? FaultOf(string? name) => IsValid(name) ? null : $"the topic's name '{name}' is an invalid topic name: use 1 to 249 letters, digits, '.', '_' and '-'";
}
