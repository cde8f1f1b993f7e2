namespace KafkaDatasets;

/// <summary>What to do with a record that cannot be decoded. Values in columns that are not read are not checked.</summary>
public enum BadRecordPolicy
{
    /// <summary>Throw a <see cref="RecordDecodingException"/> that names topic, partition, offset, schema id and field. The default.</summary>
    Throw,

    /// <summary>
    /// Skip the record, count it (<c>kafkadatasets.records.skipped</c>) and log it. A pass in which no record can be decoded still
    /// throws a <see cref="RecordDecodingException"/>, because then the format is wrong.
    /// </summary>
    /// <remarks>
    /// A value is checked only if its column is read. Every pass, a cursor, batches or a live read, reads the label, <see cref="KafkaDatasetOptions.Features"/> and
    /// <see cref="KafkaDatasetOptions.ExtraColumns"/>, or all columns if the features are not named, so that all passes skip the same records.
    /// List any other column that a pipeline reads in <see cref="KafkaDatasetOptions.ExtraColumns"/>. Scorers, monitors and profiles read only the columns that they need, and skip only records that are bad in one of those.
    /// </remarks>
    Skip,
}
