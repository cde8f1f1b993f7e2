namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>A broker answered with something that is not Kafka's protocol.</summary>
internal sealed class ProtocolException(string message) : Exception(message);
