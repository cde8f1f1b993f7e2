namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>A problem with the bytes of a record batch; callers that know topic, partition and offset convert it to a <see cref="RecordBatchException"/>.</summary>
internal sealed class BatchFault(string message, Exception? innerException = null) : Exception(message, innerException);
