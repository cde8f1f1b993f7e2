namespace KafkaDatasets;

/// <summary>What to do with a record that cannot be decoded.</summary>
public enum BadRecordPolicy
{
    /// <summary>Throw a <see cref="RecordDecodingException"/> that names topic, partition, offset, schema id and field. The default.</summary>
    Throw,

    /// <summary>Leave the record out; it is counted (<c>kafkadatasets.records.skipped</c>) and logged.</summary>
    Skip,
}
