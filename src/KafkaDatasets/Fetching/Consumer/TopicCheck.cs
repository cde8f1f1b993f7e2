using Confluent.Kafka;
using KafkaDatasets.Clients;
using KafkaDatasets.Ranges;
using TopicMetadata = KafkaDatasets.Ranges.TopicMetadata;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>Checks repeatedly, in the background, whether the topic is still the snapshot's.</summary>
/// <remarks>
/// A topic's id is never reused:
/// what was fetched before a query that returns the snapshot's id is from the snapshot's topic. The client itself
/// continues with the records of a recreated topic as if nothing had happened.
/// </remarks>
internal sealed class TopicCheck(IAdminClient client, DatasetSnapshot snapshot, FetchContext context)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);

    private Task<TopicMetadata>? _question;
    private long _asked;
    private long? _failingSince;

    /// <summary>Whether the next query is due.</summary>
    public bool IsDue => _question is null && (_asked == 0 || Elapsed(_asked) >= (_failingSince is null ? Interval : RetryInterval));

    /// <summary>The partitions that had no leader when the brokers responded last.</summary>
    public IReadOnlyList<int> Leaderless { get; private set; } = [];

    /// <summary>The last query.</summary>
    public Task Last { get; private set; } = Task.CompletedTask;

    public void Ask()
    {
        _asked = context.TimeProvider.GetTimestamp();
        _question = BrokerQueries.DescribeTopicAsync(client, snapshot.Topic, context.Timeout / 3);
        Last = _question;
    }

    /// <summary>Whether a response has arrived that confirms that the topic is the same.</summary>
    /// <exception cref="DataLossException">The topic was recreated, or no longer exists.</exception>
    /// <exception cref="KafkaException">The brokers do not respond, or return an error.</exception>
    public bool TryTakeAnswer()
    {
        if (_question is not { IsCompleted: true } question)
        {
            return false;
        }

        _question = null;
        try
        {
            TopicMetadata metadata = question.GetAwaiter().GetResult();
            Leaderless = metadata.Leaderless;
            RangeResolver.CheckSameTopic(snapshot, metadata);
            _failingSince = null;
            return true;
        }
        catch (KafkaException e)
        {
            Leaderless = (e as LeaderlessException)?.Partitions ?? Leaderless;
            Error error = BrokerQueries.ErrorOf(e);
            _failingSince ??= _asked;
            TimeSpan failing = Elapsed(_failingSince.Value);
            if (ClientErrors.IsUnknownTopic(error) && failing >= (context.Timeout < ReadFaults.DeletionGrace ? context.Timeout : ReadFaults.DeletionGrace))
            {
                throw ReadFaults.Deleted(snapshot.Topic, e);
            }

            if (e is BrokenClientException || ClientErrors.IsAccessDenied(error) || failing >= context.Timeout)
            {
                throw;
            }

            return false;
        }
    }

    private TimeSpan Elapsed(long since) => context.TimeProvider.GetElapsedTime(since);
}
