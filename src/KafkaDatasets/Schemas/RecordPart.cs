namespace KafkaDatasets;

/// <summary>The part of a record that a column holds, when it is not a field of the value or key.</summary>
internal enum RecordPart
{
    Partition,
    Offset,
    Timestamp,
    Key,
    Header,
}
