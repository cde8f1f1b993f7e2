using KafkaDatasets.Diagnostics;

namespace KafkaDatasets;

/// <summary>The base class of the library's exceptions. The message says what happened, where, and what to do; it never contains a secret.</summary>
public class KafkaDatasetException : Exception
{
    /// <summary>Creates an exception.</summary>
    /// <param name="message">What happened, where, and what to do; a missing full stop at the end is added.</param>
    /// <param name="innerException">The cause. Default null.</param>
    public KafkaDatasetException(string message, Exception? innerException = null)
        : base(Sentence.Of(message), innerException)
    {
    }

    /// <summary>The topic that the exception is about; null if it is not about a single topic.</summary>
    public string? Topic { get; init; }

    /// <summary>The partition that the exception is about; null if it is not about a single partition.</summary>
    public int? Partition { get; init; }

    /// <summary>The offset of the record that the exception is about; null if it is not about a single record.</summary>
    public long? Offset { get; init; }
}
