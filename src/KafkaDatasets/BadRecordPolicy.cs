namespace KafkaDatasets;

/// <summary>What to do with a record that cannot be decoded; a value in a column that is not read never spoils its record.</summary>
public enum BadRecordPolicy
{
    /// <summary>Throw a <see cref="RecordDecodingException"/> that names topic, partition, offset, schema id and field. The default.</summary>
    Throw,

    /// <summary>
    /// Leave the record out; it is counted (<c>kafkadatasets.records.skipped</c>) and logged. A pass in which no record at all can be decoded
    /// throws a <see cref="RecordDecodingException"/> all the same, since then the format is wrong.
    /// </summary>
    /// <remarks>
    /// A value is judged only where its column is read. Every cursor of a view reads the label, <see cref="KafkaDatasetOptions.Features"/> and
    /// <see cref="KafkaDatasetOptions.ExtraColumns"/>, or all columns where the features are not named, so that all cursors leave out the same records;
    /// name in <see cref="KafkaDatasetOptions.ExtraColumns"/> what else a pipeline reads.
    /// </remarks>
    Skip,
}
