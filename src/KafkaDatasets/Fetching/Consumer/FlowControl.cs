using Confluent.Kafka;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>Keeps consumed but unread records within the pass's memory by pausing and resuming partitions.</summary>
/// <param name="pass">The pass.</param>
/// <param name="consumer">The client.</param>
/// <param name="admin">An admin client on the same handle.</param>
internal sealed class FlowControl(ConsumerPass pass, IConsumer<int, int> consumer, IAdminClient admin)
{
    /// <summary>Pauses partitions that are far ahead, and resumes those that the reader needs or has drained.</summary>
    /// <remarks>A partition that the reader waits for, but whose records wait for the topic check, may use all of the memory but no more: the check may take long.</remarks>
    /// <returns>Whether there is room for more, or the reader is waiting.</returns>
    public bool Balance(PartitionQueue[] queues)
    {
        long bytes = 0;
        bool isAwaited = false;
        foreach (PartitionQueue queue in queues)
        {
            long held = queue.Bytes;
            bytes += held;
            if (queue.IsFinished)
            {
                continue;
            }

            isAwaited |= queue.IsAwaited;
            if (queue.IsPaused)
            {
                if (queue.IsStarved || held < pass.Quota / 2)
                {
                    Resume(queue);
                }
            }
            else if (!queue.IsStarved && held > (queue.IsAwaited ? pass.Bytes : 2 * pass.Quota))
            {
                pass.Hold(queue);
                Pause(queue);
            }
        }

        if (bytes < pass.Bytes || isAwaited)
        {
            return true;
        }

        pass.Wake.Reset();
        return queues.Sum(q => q.Bytes) < pass.Bytes || queues.Any(q => q.IsAwaited);
    }

    public void Pause(PartitionQueue queue)
    {
        consumer.Pause([new TopicPartition(pass.Topic, queue.Partition)]);
        queue.IsPaused = true;
    }

    /// <summary>Resumes a partition immediately: without a pending request, the client's thread for its leader may sleep for a second.</summary>
    private void Resume(PartitionQueue queue)
    {
        consumer.Resume([new TopicPartition(pass.Topic, queue.Partition)]);
        queue.IsPaused = false;
        _ = BrokerQueries.ListOffsetsAsync(admin, pass.Topic, [queue.Partition], OffsetQuery.Earliest, pass.Context.Timeout)
            .ContinueWith(static answer => answer.Exception, TaskScheduler.Default);
    }
}
