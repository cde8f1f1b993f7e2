namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>The leader of a partition.</summary>
/// <param name="Broker">The leader's id; −1 when there is currently none.</param>
/// <param name="Epoch">The leader's epoch.</param>
/// <param name="Error">The error of the partition.</param>
internal readonly record struct PartitionLeader(int Broker, int Epoch, ErrorCode Error);
