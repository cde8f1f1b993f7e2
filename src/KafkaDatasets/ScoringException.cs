namespace KafkaDatasets;

/// <summary>A scorer cannot go on; what it had not committed is not visible, and the next member of the group scores it.</summary>
public sealed class ScoringException : KafkaDatasetException
{
    internal ScoringException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Kafka's error code; null if the error did not come from a broker.</summary>
    public int? ErrorCode { get; init; }

    /// <summary>Whether access was denied.</summary>
    public bool IsAccessDenied { get; init; }
}
