namespace KafkaDatasets;

/// <summary>The options are invalid; the message lists every problem found.</summary>
public sealed class InvalidOptionsException : KafkaDatasetException
{
    /// <summary>Creates an exception.</summary>
    /// <param name="options">The name of the options.</param>
    /// <param name="faults">The problems found, one text for each.</param>
    public InvalidOptionsException(string options, IReadOnlyList<string> faults)
        : base($"{options} is not valid: {string.Join("; ", faults)}.")
    {
        Faults = faults;
    }

    /// <summary>The problems found, one text for each.</summary>
    public IReadOnlyList<string> Faults { get; }

    /// <summary>The same problems, each with its topic: who opens several could not tell whose options are meant.</summary>
    internal InvalidOptionsException Of(string options, string topic) => new(options, [.. Faults.Select(f => $"topic '{topic}': {f}")]) { Topic = topic };

    internal static void ThrowIfAny(string options, IReadOnlyList<string> faults)
    {
        if (faults.Count > 0)
        {
            throw new InvalidOptionsException(options, faults);
        }
    }
}
