namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>A response is not in Kafka's protocol.</summary>
internal sealed class ProtocolException(string message) : Exception(message);
