using Confluent.Kafka;

namespace KafkaDatasets.Live;

/// <summary>Offsets to commit in a transaction.</summary>
/// <param name="Membership">The membership for which the brokers accept them.</param>
/// <param name="Ends">The offset after the last one that is committed, by partition.</param>
internal sealed record CommitPoint(IConsumerGroupMetadata Membership, IReadOnlyList<(OwnedPartition Owner, long End)> Ends);
