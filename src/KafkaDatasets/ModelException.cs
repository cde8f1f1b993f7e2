namespace KafkaDatasets;

/// <summary>A model is missing, damaged, too old, or does not fit the topic.</summary>
public sealed class ModelException : KafkaDatasetException
{
    /// <summary>Creates an exception.</summary>
    /// <param name="message">What is wrong with the model, and what to do.</param>
    /// <param name="innerException">The cause. Default null.</param>
    public ModelException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The model's version; null if it is not known.</summary>
    public string? ModelVersion { get; init; }
}
