namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>Thrown when a response does not follow Kafka's protocol.</summary>
internal sealed class ProtocolException(string message) : Exception(message);
