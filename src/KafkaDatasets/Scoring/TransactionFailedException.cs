using Confluent.Kafka;

namespace KafkaDatasets.Scoring;

/// <summary>What was written since the last commit is not visible, or may be written again; the rows are to be scored again.</summary>
/// <param name="reason">Why.</param>
/// <param name="error">The client's error; null if there is none.</param>
/// <param name="needsNewProducer">Whether the producer cannot be used any more.</param>
/// <param name="refusals">The records that will be refused again; null if they are not known.</param>
internal sealed class TransactionFailedException(string reason, Error? error, bool needsNewProducer, IReadOnlyList<Refusal>? refusals = null) : Exception(reason)
{
    public IReadOnlyList<Refusal> Refusals { get; } = refusals ?? [];

    public Error? Error => error;

    public bool NeedsNewProducer => needsNewProducer;
}
