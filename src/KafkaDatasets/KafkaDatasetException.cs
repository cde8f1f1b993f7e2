using KafkaDatasets.Diagnostics;

namespace KafkaDatasets;

/// <summary>The base of the library's exceptions. The message says what happened, where, and what to do; it never holds a secret.</summary>
public class KafkaDatasetException : Exception
{
    /// <summary>Creates an exception.</summary>
    /// <param name="message">What happened, where, and what to do; it is given one full stop at its end.</param>
    /// <param name="innerException">The cause.</param>
    public KafkaDatasetException(string message, Exception? innerException = null)
        : base(Sentence.Of(message), innerException)
    {
    }

    /// <summary>The topic that the exception is about; null: no single one.</summary>
    public string? Topic { get; init; }

    /// <summary>The partition that the exception is about; null: no single one.</summary>
    public int? Partition { get; init; }

    /// <summary>The offset of the record that the exception is about; null: no single one.</summary>
    public long? Offset { get; init; }
}
