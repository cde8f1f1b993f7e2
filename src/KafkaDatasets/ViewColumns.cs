namespace KafkaDatasets;

/// <summary>The columns of a dataset's ML.NET view.</summary>
public enum ViewColumns
{
    /// <summary>
    /// <c>Label</c> and <c>Features</c>, every field under its own name, and the record's own columns: <c>Partition</c>, <c>Offset</c>, <c>Timestamp</c> and those of
    /// <see cref="KafkaDatasetOptions.RecordColumns"/>. The default.
    /// </summary>
    All,

    /// <summary>
    /// Only columns that a model may learn from, each of them once: <c>Label</c> and <c>Features</c>, the fields that are in neither, and the columns of <see cref="KafkaDatasetOptions.RecordColumns"/>.
    /// Use it with code that takes every column of a view as a feature, such as experiments of <c>ml.Auto()</c>: with <see cref="All"/>, they would learn from the label's own field and from offsets.
    /// </summary>
    Training,
}
