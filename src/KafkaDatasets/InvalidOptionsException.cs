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

    internal static void ThrowIfAny(string options, IReadOnlyList<string> faults)
    {
        if (faults.Count > 0)
        {
            throw new InvalidOptionsException(options, faults);
        }
    }
}
