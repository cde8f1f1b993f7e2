namespace KafkaDatasets.Diagnostics;

/// <summary>The exception for JSON that cannot be parsed, the same for all documents.</summary>
internal static class DocumentFaults
{
    /// <param name="document">What the JSON should be, such as "a read state".</param>
    /// <param name="cause">Why it is not.</param>
    public static FormatException Of(string document, Exception cause) => new(Sentence.Of($"The JSON is not {document}: {Sentence.Message(cause)}"), cause);
}
