using Confluent.Kafka;

namespace KafkaDatasets.Clients;

/// <summary>The client will never respond again, and must not be disposed, because that would crash the process.</summary>
internal sealed class BrokenClientException() : KafkaException(new Error(ErrorCode.Local_TimedOut, "The client did not describe the topic in time"));
