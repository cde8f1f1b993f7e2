namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>Who leads a partition.</summary>
/// <param name="Broker">The leader's id; −1: there is none now.</param>
/// <param name="Epoch">The leader's epoch.</param>
/// <param name="Error">What the broker says of the partition.</param>
internal readonly record struct PartitionLeader(int Broker, int Epoch, ErrorCode Error);
