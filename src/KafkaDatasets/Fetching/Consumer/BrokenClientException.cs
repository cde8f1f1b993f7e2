using Confluent.Kafka;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>A client of Confluent.Kafka that will never answer, and must not be disposed.</summary>
internal sealed class BrokenClientException() : KafkaException(new Error(ErrorCode.Local_TimedOut, "The brokers did not describe the topic in time"));
