namespace KafkaDatasets;

/// <summary>A learner, or a handler of <see cref="OnlineTrainer.DriftDetected"/>, has failed in the middle of a batch, which <see cref="KafkaDatasetException.Topic"/>, <see cref="KafkaDatasetException.Partition"/> and <see cref="KafkaDatasetException.Offset"/> (of the first row) name; the cause is the inner exception.</summary>
public sealed class LearningException : KafkaDatasetException
{
    internal LearningException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
