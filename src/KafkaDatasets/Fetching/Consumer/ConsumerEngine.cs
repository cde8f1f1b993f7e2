using Confluent.Kafka;
using KafkaDatasets.Clients;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Ranges;
using TopicMetadata = KafkaDatasets.Ranges.TopicMetadata;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>Fetches with the Confluent.Kafka consumer, keeping nothing between calls: each pass and each query has its own client.</summary>
internal sealed class ConsumerEngine(FetchContext context) : IFetchEngine
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);

    public string Name => "consumer";

    public bool ReadsSegmentsInParallel => false;

    public async ValueTask<TopicMetadata> DescribeTopicAsync(string topic, CancellationToken cancellationToken) =>
        await AskAsync(topic, client => BrokerQueries.DescribeTopicAsync(client, topic, Timeout), cancellationToken).ConfigureAwait(false);

    public async ValueTask<long[]> ListOffsetsAsync(string topic, IReadOnlyList<int> partitions, OffsetQuery query, CancellationToken cancellationToken) =>
        await AskAsync(
            topic,
            async client =>
            {
                // described first: a client without a connection would fail to find the leaders, and retry only after 3 s
                RangeResolver.CheckExist(await BrokerQueries.DescribeTopicAsync(client, topic, Timeout).ConfigureAwait(false), partitions);
                return await BrokerQueries.ListOffsetsAsync(client, topic, partitions, query, Timeout).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);

    public ValueTask<bool> HasConsumerProtocolAsync(CancellationToken cancellationToken) => new(false);

    public IRecordSource OpenSource(ReadOrder order, long bytes) => new ConsumerRecordSource(context, order, bytes);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private TimeSpan Timeout => SilenceLimits.Opening(context.Timeout);

    /// <summary>Retries a request until it succeeds: while leaders move, it takes more than one attempt.</summary>
    private async Task<T> AskAsync<T>(string topic, Func<IAdminClient, Task<T>> ask, CancellationToken cancellationToken)
    {
        long start = context.TimeProvider.GetTimestamp();

        // Leaders move, and a broker that is restarted drops the connection in the middle of a response.
        bool MayRetry(KafkaException e) => BrokerQueries.ErrorOf(e) is var error && context.TimeProvider.GetElapsedTime(start) is var elapsed
            && ((ClientErrors.IsLeaderMoving(error) && elapsed < context.Timeout) || (error.Code == ErrorCode.Local_Transport && elapsed < Timeout));

        while (true)
        {
            try
            {
                return await AskOnceAsync(topic, ask, MayRetry, cancellationToken).ConfigureAwait(false);
            }
            catch (KafkaException e) when (MayRetry(e))
            {
                Log.ClientError(context.Logger, BrokerQueries.ErrorOf(e).Reason);
                await Task.Delay(RetryInterval, context.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch (KafkaException e)
            {
                throw BrokerQueries.ToException(e, topic, context.BootstrapServers, null);
            }
        }
    }

    private async Task<T> AskOnceAsync<T>(string topic, Func<IAdminClient, Task<T>> ask, Func<KafkaException, bool> mayRetry, CancellationToken cancellationToken)
    {
        var health = new ClientHealth(context.Logger, context.TimeProvider);
        TokenRefresh? tokens = null;
        IAdminClient client;
        try
        {
            AdminClientBuilder builder = new AdminClientBuilder(ConsumerSettings.For(context))
                .SetErrorHandler((_, error) => health.Report(error))
                .SetLogHandler(static (_, _) => { });
            if (context.TokenProvider is { } provider)
            {
                tokens = new TokenRefresh(provider, context.Timeout, context.TimeProvider);
                health.Tokens = tokens;
                builder.SetOAuthBearerTokenRefreshHandler((c, _) => tokens.Refresh(c));
            }

            client = builder.Build();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw ConsumerSettings.Refused(e);
        }

        Task<T> answer = Task.Run(() => ask(client), CancellationToken.None);
        _ = answer.ContinueWith(
            static (done, state) =>
            {
                if (done.Exception?.InnerException is not BrokenClientException)
                {
                    ((IDisposable)state!).Dispose();
                }
            },
            client,
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
        await using ITimer warning = context.TimeProvider.CreateTimer(_ => WarnOfSilence(health), null, SilenceLimits.Warning, System.Threading.Timeout.InfiniteTimeSpan);
        Task first = await Task.WhenAny(answer, health.Hopeless).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (first == answer)
        {
            try
            {
                return await answer.ConfigureAwait(false);
            }
            catch (KafkaException e) when (!mayRetry(e))
            {
                Error error = BrokerQueries.ErrorOf(e);
                bool isWithoutToken = ClientErrors.IsUnreachable(error) || ClientErrors.IsAccessDenied(error);
                throw (isWithoutToken ? tokens?.Failure : null) ?? BrokerQueries.ToException(e, topic, context.BootstrapServers, health.Last);
            }
        }

        throw tokens?.Failure ?? BrokerQueries.ToException(await health.Hopeless.ConfigureAwait(false), topic, context.BootstrapServers);
    }

    private void WarnOfSilence(ClientHealth health) =>
        Log.NoResponseYet(context.Logger, context.BootstrapServers, SilenceLimits.Warning, health.Last?.Reason ?? "the port is silent");
}
