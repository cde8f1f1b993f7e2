using KafkaDatasets.Fetching.Direct.Protocol;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>What a broker's refusal of a fetch, or a failure of the connection to it, is to the caller; bounded reads and reads at the head of the log say the same.</summary>
internal static class FetchFaults
{
    /// <summary>Returns the exception for a failure that does not pass by itself.</summary>
    public static Exception Of(BrokerEndpoint endpoint, Exception failure) => failure switch
    {
        ProtocolException => Cluster.Unintelligible(endpoint, failure),
        KafkaDatasetException => failure,
        _ => new BrokerException($"Fetching from {endpoint} failed: {failure.Message}", failure),
    };

    /// <summary>Returns the exception for an error code that does not pass by itself.</summary>
    public static KafkaDatasetException Of(BrokerEndpoint endpoint, string topic, int partition, long offset, ErrorCode error) => error.IsAccessDenied()
        ? Cluster.Refused(topic, error)
        : new BrokerException(FormattableString.Invariant($"{endpoint} responded with {error.Describe()} for topic '{topic}', partition {partition}, offset {offset}."))
        {
            Topic = topic,
            Partition = partition,
            Offset = offset,
            ErrorCode = (int)error,
        };
}
