using Confluent.Kafka;
using KafkaDatasets.Live;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Scoring;

/// <summary>What a run of a scorer needs and does not change.</summary>
/// <param name="Session">The member of the group.</param>
/// <param name="Layout">The columns that are read.</param>
/// <param name="Models">The models.</param>
/// <param name="Options">The options.</param>
/// <param name="Partitions">For each input partition, where its scores go.</param>
/// <param name="DeadLetters">Where records go that cannot be decoded; null if they go nowhere.</param>
/// <param name="CreateProducer">Creates a producer.</param>
/// <param name="Timeout">How long writing may fail.</param>
/// <param name="Logger">Where to log.</param>
internal sealed record ScoringContext(
    LiveSession Session,
    ScoringLayout Layout,
    ModelWatch Models,
    ScorerOptions Options,
    IReadOnlyList<TopicPartition> Partitions,
    DeadLetters? DeadLetters,
    Func<ProducerMode, ScoreProducer> CreateProducer,
    TimeSpan Timeout,
    ILogger Logger);
