namespace KafkaDatasets;

/// <summary>Which columns an ML.NET view of a dataset has.</summary>
public enum ViewColumns
{
    /// <summary>
    /// <c>Label</c> and <c>Features</c>, every field under its own name, and the record's own columns: <c>Partition</c>, <c>Offset</c>, <c>Timestamp</c> and those of
    /// <see cref="KafkaDatasetOptions.RecordColumns"/>. The default.
    /// </summary>
    All,

    /// <summary>
    /// What a model may learn from, once: <c>Label</c> and <c>Features</c>, the fields that are in neither, and the columns of <see cref="KafkaDatasetOptions.RecordColumns"/>.
    /// For whatever takes every column of a view as a feature, such as an experiment of <c>ml.Auto()</c>: with <see cref="All"/> it would learn from the label's own field and from offsets.
    /// </summary>
    Training,
}
