namespace KafkaDatasets.Live;

/// <summary>The kind of change to a member's partitions.</summary>
internal enum PartitionsChange
{
    Assigned,
    Revoked,
    Lost,
}
