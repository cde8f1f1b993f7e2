namespace KafkaDatasets;

/// <summary>A checkpoint could not be written or read, or is of another learner or topic.</summary>
public sealed class CheckpointException : KafkaDatasetException
{
    internal CheckpointException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The file or topic of the checkpoint.</summary>
    public required string Location { get; init; }
}
