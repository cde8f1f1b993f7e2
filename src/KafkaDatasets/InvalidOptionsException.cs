namespace KafkaDatasets;

/// <summary>Options that cannot be: every fault at once.</summary>
public sealed class InvalidOptionsException : KafkaDatasetException
{
    internal InvalidOptionsException(string options, IReadOnlyList<string> faults)
        : base($"{options} is not valid: {string.Join("; ", faults)}.")
    {
        Faults = faults;
    }

    /// <summary>The faults, a sentence each.</summary>
    public IReadOnlyList<string> Faults { get; }

    internal static void ThrowIfAny(string options, IReadOnlyList<string> faults)
    {
        if (faults.Count > 0)
        {
            throw new InvalidOptionsException(options, faults);
        }
    }
}
