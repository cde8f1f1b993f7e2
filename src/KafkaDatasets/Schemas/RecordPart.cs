namespace KafkaDatasets;

/// <summary>What a column is of a record besides the fields of its value and key.</summary>
internal enum RecordPart
{
    Partition,
    Offset,
    Timestamp,
    Key,
    Header,
}
