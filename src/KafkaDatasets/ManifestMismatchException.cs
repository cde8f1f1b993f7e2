namespace KafkaDatasets;

/// <summary>The rows of a topic differ from those recorded in a <see cref="DatasetManifest"/>.</summary>
public sealed class ManifestMismatchException : KafkaDatasetException
{
    internal ManifestMismatchException(IReadOnlyList<string> differences)
        : base($"The rows differ from the manifest: {string.Join("; ", differences)}. Open the topics with the options that the manifest was made with; if they are the same, the data has changed.")
    {
        Differences = differences;
    }

    /// <summary>The differences found, one text for each.</summary>
    public IReadOnlyList<string> Differences { get; }
}
