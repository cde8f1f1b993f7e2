namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>What is wrong with the bytes of a record batch; whoever knows topic, partition and offset makes a <see cref="RecordBatchException"/> of it.</summary>
internal sealed class BatchFault(string message, Exception? innerException = null) : Exception(message, innerException);
