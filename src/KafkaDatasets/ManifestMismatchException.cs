namespace KafkaDatasets;

/// <summary>The rows of a topic are not those that a <see cref="DatasetManifest"/> records.</summary>
public sealed class ManifestMismatchException : KafkaDatasetException
{
    internal ManifestMismatchException(IReadOnlyList<string> differences)
        : base($"The rows differ from the manifest: {string.Join("; ", differences)}. Open the topics with the options that the manifest was made with; if they are the same, the data has changed.")
    {
        Differences = differences;
    }

    /// <summary>Every difference found.</summary>
    public IReadOnlyList<string> Differences { get; }
}
