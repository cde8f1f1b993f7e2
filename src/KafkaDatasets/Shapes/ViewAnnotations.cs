namespace KafkaDatasets.Shapes;

/// <summary>The names of the annotations that this library adds to view columns.</summary>
internal static class ViewAnnotations
{
    /// <summary>Marks a column that is part of the record but not of its value (partition, offset, timestamp): when the rows are written, it is not a field.</summary>
    public const string RecordPart = "KafkaRecordPart";
}
