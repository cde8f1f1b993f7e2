using Confluent.Kafka;
using KafkaDatasets.Diagnostics;

namespace KafkaDatasets.Clients;

/// <summary>Suggests an existing topic with a name similar to one that does not exist.</summary>
internal static class SimilarTopic
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>The exception with the suggestion in its message; the same exception when there is none, or the brokers do not list topics.</summary>
    public static async Task<TopicNotFoundException> SuggestAsync(TopicNotFoundException exception, KafkaDatasetOptions options, CancellationToken cancellationToken)
    {
        string topic = exception.Topic!;
        try
        {
            Metadata metadata = await Task.Run(() => Describe(options), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
            string hint = SimilarNames.Hint(topic, metadata.Topics.Where(t => t.Error.Code == ErrorCode.NoError).Select(t => t.Topic));
            return hint.Length == 0 ? exception : new TopicNotFoundException(exception.Message + hint, exception) { Topic = topic };
        }
        catch (Exception e) when (e is KafkaException or InvalidOperationException or ArgumentException)
        {
            return exception; // the suggestion is optional
        }
    }

    private static Metadata Describe(KafkaDatasetOptions options)
    {
        var settings = new ClientConfig(ClientProperties.PassedOn(options.ClientConfig).Append(new("bootstrap.servers", options.BootstrapServers)).ToDictionary());
        AdminClientBuilder builder = new AdminClientBuilder(settings).SetLogHandler(static (_, _) => { }).SetErrorHandler(static (_, _) => { });
        if (options.OAuthBearerTokenProvider is { } provider)
        {
            var tokens = new TokenRefresh(provider, options.Timeout, options.TimeProvider);
            builder.SetOAuthBearerTokenRefreshHandler((c, _) => tokens.Refresh(c));
        }

        using IAdminClient client = builder.Build();
        return client.GetMetadata(Timeout);
    }
}
