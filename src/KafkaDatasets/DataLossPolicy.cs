namespace KafkaDatasets;

/// <summary>What to do when offsets of the range are no longer in the log (retention, DeleteRecords, a truncated log), or are in a corrupt record batch.</summary>
public enum DataLossPolicy
{
    /// <summary>Throw a <see cref="DataLossException"/>, or a <see cref="RecordBatchException"/>, that names topic, partition and offsets. The default.</summary>
    Throw,

    /// <summary>Continue at the start of the log, or after the corrupt batch; the gap is counted (<c>kafkadatasets.offsets.lost</c>) and logged.</summary>
    Skip,
}
