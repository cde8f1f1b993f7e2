namespace KafkaDatasets;

/// <summary>The topic, or a partition of it, does not exist.</summary>
public sealed class TopicNotFoundException : KafkaDatasetException
{
    internal TopicNotFoundException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
