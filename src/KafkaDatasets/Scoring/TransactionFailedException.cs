using Confluent.Kafka;

namespace KafkaDatasets.Scoring;

/// <summary>What was written since the last commit is not visible, or may be written again; the rows are to be scored again.</summary>
/// <param name="reason">Why.</param>
/// <param name="error">The client's error; null if there is none.</param>
/// <param name="needsNewProducer">Whether the producer cannot be used any more.</param>
internal sealed class TransactionFailedException(string reason, Error? error, bool needsNewProducer) : Exception(reason)
{
    public Error? Error => error;

    public bool NeedsNewProducer => needsNewProducer;
}
