namespace KafkaDatasets;

/// <summary>
/// Offsets of the range are no longer in the log: they were removed by retention or DeleteRecords, the log was truncated, or the topic was deleted or recreated.
/// <see cref="DataLossPolicy.Skip"/> skips the first three.
/// </summary>
public sealed class DataLossException : KafkaDatasetException
{
    internal DataLossException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
