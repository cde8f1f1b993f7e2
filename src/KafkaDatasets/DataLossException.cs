namespace KafkaDatasets;

/// <summary>
/// Offsets of the range are not in the log any more: retention, DeleteRecords, a truncated log, or a topic deleted or made anew.
/// <see cref="DataLossPolicy.Skip"/> passes over the first three.
/// </summary>
public sealed class DataLossException : KafkaDatasetException
{
    internal DataLossException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
