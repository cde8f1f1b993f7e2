using Confluent.Kafka;
using KafkaDatasets.Diagnostics;

namespace KafkaDatasets.Clients;

/// <summary>Finds the topic that was probably meant by a name that no topic has.</summary>
internal static class SimilarTopic
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>The exception with the topic's name in its message; the same exception where there is none, or the brokers do not tell.</summary>
    public static async Task<TopicNotFoundException> SuggestAsync(TopicNotFoundException exception, string bootstrapServers, IReadOnlyDictionary<string, string> clientConfig, CancellationToken cancellationToken)
    {
        string topic = exception.Topic!;
        try
        {
            Metadata metadata = await Task.Run(() => Describe(bootstrapServers, clientConfig), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
            string hint = SimilarNames.Hint(topic, metadata.Topics.Where(t => t.Error.Code == ErrorCode.NoError).Select(t => t.Topic));
            return hint.Length == 0 ? exception : new TopicNotFoundException(exception.Message + hint, exception) { Topic = topic };
        }
        catch (Exception e) when (e is KafkaException or InvalidOperationException or ArgumentException)
        {
            return exception; // it only adds to a message
        }
    }

    private static Metadata Describe(string bootstrapServers, IReadOnlyDictionary<string, string> clientConfig)
    {
        var settings = new ClientConfig(new Dictionary<string, string>(clientConfig) { ["bootstrap.servers"] = bootstrapServers });
        using IAdminClient client = new AdminClientBuilder(settings).SetLogHandler(static (_, _) => { }).SetErrorHandler(static (_, _) => { }).Build();
        return client.GetMetadata(Timeout);
    }
}
