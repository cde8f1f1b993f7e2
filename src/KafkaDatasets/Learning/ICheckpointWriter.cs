using Confluent.Kafka;

namespace KafkaDatasets.Learning;

/// <summary>A place for checkpoints that is reserved for one learner.</summary>
internal interface ICheckpointWriter : IAsyncDisposable
{
    /// <summary>The newest valid checkpoint when the place was reserved; null if there was none.</summary>
    LearningCheckpoint? Latest { get; }

    /// <summary>Writes a checkpoint and its segment of the journal, so that a crash leaves both or none of them, and sets its location.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="journal">The batches since the previous checkpoint.</param>
    /// <param name="membership">Returns the membership in the group, for a transaction with its offsets; null while the member is not part of the group.</param>
    /// <param name="cancellationToken">Cancels writing.</param>
    /// <exception cref="CheckpointException">It could not be written; the message says why, and that the previous one is valid.</exception>
    Task WriteAsync(LearningCheckpoint checkpoint, byte[] journal, Func<IConsumerGroupMetadata?> membership, CancellationToken cancellationToken);
}
