namespace KafkaDatasets;

/// <summary>The base of the library's exceptions. The message says what happened, where, and what to do; it never holds a secret.</summary>
public class KafkaDatasetException : Exception
{
    /// <summary>Makes an exception.</summary>
    /// <param name="message">What happened, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public KafkaDatasetException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The topic, where one is concerned.</summary>
    public string? Topic { get; init; }

    /// <summary>The partition, where one is concerned.</summary>
    public int? Partition { get; init; }

    /// <summary>The offset, where one is concerned.</summary>
    public long? Offset { get; init; }
}
