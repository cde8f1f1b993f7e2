using Confluent.Kafka;
using KafkaDatasets.Clients;
using KafkaDatasets.Ranges;
using TopicMetadata = KafkaDatasets.Ranges.TopicMetadata;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>
/// Asks again and again, in the background, whether the topic is still that of the snapshot. The id of a topic is never used again:
/// what was fetched before a question that is answered with the snapshot's id is of the snapshot's topic. The client itself
/// goes on with the records of a topic that was recreated, as if nothing had happened.
/// </summary>
internal sealed class TopicCheck(IAdminClient client, DatasetSnapshot snapshot, FetchContext context)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);

    private Task<TopicMetadata>? _question;
    private long _asked;
    private long? _failingSince;

    /// <summary>Whether it is time for another question.</summary>
    public bool IsDue => _question is null && (_asked == 0 || Elapsed(_asked) >= (_failingSince is null ? Interval : RetryInterval));

    /// <summary>The last question.</summary>
    public Task Last { get; private set; } = Task.CompletedTask;

    public void Ask()
    {
        _asked = context.TimeProvider.GetTimestamp();
        _question = BrokerQueries.DescribeTopicAsync(client, snapshot.Topic, context.Timeout / 3);
        Last = _question;
    }

    /// <summary>Whether there is an answer, and it says that the topic is the same.</summary>
    /// <exception cref="DataLossException">The topic was recreated, or no longer exists.</exception>
    /// <exception cref="KafkaException">The brokers do not answer, or refuse to.</exception>
    public bool TryTakeAnswer()
    {
        if (_question is not { IsCompleted: true } question)
        {
            return false;
        }

        _question = null;
        try
        {
            RangeResolver.CheckSameTopic(snapshot, question.GetAwaiter().GetResult());
            _failingSince = null;
            return true;
        }
        catch (KafkaException e)
        {
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
