namespace KafkaDatasets.Live;

/// <summary>What happened to partitions of a member.</summary>
internal enum PartitionsChange
{
    Assigned,
    Revoked,
    Lost,
}
