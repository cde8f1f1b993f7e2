namespace KafkaDatasets;

/// <summary>A record batch cannot be read: its checksum is wrong, it is malformed, or its format is too old. Under <see cref="DataLossPolicy.Skip"/> batches with a wrong checksum are skipped and counted instead.</summary>
public sealed class RecordBatchException : KafkaDatasetException
{
    internal RecordBatchException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
