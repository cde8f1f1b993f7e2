using System.Globalization;
using Confluent.Kafka;
using KafkaDatasets.Clients;

namespace KafkaDatasets.Scoring;

/// <summary>A record that a topic does not accept.</summary>
/// <param name="Origin">What it was made from; null if it has no input.</param>
/// <param name="To">Where it was to be written.</param>
/// <param name="Size">The size of its key and value in bytes.</param>
/// <param name="Error">Why.</param>
internal sealed record Refusal(RecordOrigin? Origin, TopicPartition To, int Size, Error Error)
{
    private const string Rights = "WRITE on the topic";

    /// <summary>Why the topic does not accept it, and what to change.</summary>
    public string Reason => string.Create(
        CultureInfo.InvariantCulture,
        $"topic '{To.Topic}'{(To.Partition.Value < 0 ? "" : $", partition {To.Partition.Value}")}, does not accept {(Origin is null ? "the record" : Origin.Value.IsDeadLetter ? "it as a dead letter" : "its score")}, whose key and value have {Size} bytes: {Describe()}");

    private string Describe() => ClientErrors.IsRecordRefused(Error) && Error.Code is not (ErrorCode.InvalidRecord or ErrorCode.InvalidTimestamp)
        ? $"{Error.Reason.TrimEnd('.')}. Raise the topic's max.message.bytes, and message.max.bytes in {nameof(KafkaWriterOptions.ClientConfig)} of {nameof(ScorerOptions.Writer)}"
        : ClientErrors.IsUnknownTopic(Error) ? $"{Error.Reason.TrimEnd('.')}. It was deleted, or may not be described with these credentials"
        : ClientErrors.Describe(Error, Rights).TrimEnd('.');
}
