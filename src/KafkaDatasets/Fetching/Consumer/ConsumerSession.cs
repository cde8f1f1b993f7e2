using Confluent.Kafka;
using KafkaDatasets.Clients;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>One client of a pass: reads the partitions from their current positions, until all have ended or another client must continue.</summary>
internal sealed class ConsumerSession : IDisposable
{
    /// <summary>The number of records between two checks of how full the queues are.</summary>
    private const int BalanceInterval = 64;

    /// <summary>After this long without a record, the topic may have been deleted.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    private readonly ConsumerPass _pass;
    private readonly CancellationToken _stop;
    private readonly IConsumer<int, int> _consumer;
    private readonly IAdminClient _admin;
    private readonly TopicCheck _check;
    private readonly FlowControl _flow;
    private int _unfinished;
    private int _asked;

    /// <summary>Starts a client.</summary>
    /// <exception cref="InvalidOptionsException">librdkafka rejects the configuration.</exception>
    public ConsumerSession(ConsumerPass pass, CancellationToken stop)
    {
        _pass = pass;
        _stop = stop;
        _consumer = Build(pass);
        _admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
        _check = new TopicCheck(_admin, pass.Snapshot, pass.Context);
        _flow = new FlowControl(pass, _consumer, _admin);
    }

    /// <summary>Reads; returns false when another client must continue.</summary>
    public bool Read()
    {
        PartitionQueue[] toRead = [.. _pass.Queues.Where(q => !q.IsFinished)];
        Array.ForEach(toRead, q => q.IsPaused = false);
        _consumer.Assign(toRead.Select(q => new TopicPartitionOffset(_pass.Topic, q.Partition, q.Corrupt?.Next ?? q.Position)));
        _unfinished = toRead.Length;
        for (int turn = 0; (_unfinished > 0 || _pass.Unchecked.Count > 0) && !_stop.IsCancellationRequested; turn++)
        {
            if (turn % BalanceInterval == 0)
            {
                Deliver();
                if (!_flow.Balance(toRead))
                {
                    _pass.Wake.Wait(1000, _stop);
                    _pass.OnEvent();
                    turn = -1;
                    continue;
                }
            }

            try
            {
                ConsumeResult<int, int>? result = _consumer.Consume(0);
                if (result is null)
                {
                    Array.ForEach(toRead, _pass.Hold);
                    Deliver();
                    result = _consumer.Consume(_pass.Unchecked.Count > 0 ? 1 : 10);
                    turn = -1;
                }

                if (result is not null)
                {
                    _pass.OnEvent();
                    if (!Take(_pass.Find(result.Partition), result))
                    {
                        return false;
                    }
                }
                else
                {
                    CheckAlive();
                }
            }
            catch (ConsumeException e)
            {
                if (!Handle(e))
                {
                    return false;
                }

                CheckAlive();
            }
        }

        return true;
    }

    /// <summary>Releases the client: immediately, or when the last topic check completes.</summary>
    public void Dispose() => End(_consumer, _admin, _check.Last);

    private static void End(IConsumer<int, int> consumer, IAdminClient admin, Task question)
    {
        if (!question.IsCompleted)
        {
            question.ContinueWith(done => End(consumer, admin, done), TaskScheduler.Default);
            return;
        }

        if (question.Exception?.InnerException is not BrokenClientException)
        {
            admin.Dispose();
        }

        consumer.Dispose();
    }

    private static IConsumer<int, int> Build(ConsumerPass pass)
    {
        try
        {
            ConsumerBuilder<int, int> builder = new ConsumerBuilder<int, int>(ConsumerSettings.For(pass.Context, pass.Bytes / 3))
                .SetKeyDeserializer(pass.Copy.Key)
                .SetValueDeserializer(pass.Copy.Value)
                .SetErrorHandler((_, error) => pass.Health.Report(error))
                .SetLogHandler(static (_, _) => { });
            if (pass.Context.TokenProvider is { } provider)
            {
                var tokens = new TokenRefresh(provider, pass.Context.Timeout, pass.Context.TimeProvider);
                pass.Health.Tokens = tokens;
                builder.SetOAuthBearerTokenRefreshHandler((c, _) => tokens.Refresh(c));
            }

            return builder.Build();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw ConsumerSettings.Refused(e);
        }
    }

    /// <summary>Processes a record, or a partition's current end; returns false when another client must continue.</summary>
    private bool Take(PartitionQueue queue, ConsumeResult<int, int> result)
    {
        long offset = result.Offset.Value;
        queue.FailingSince = null;
        if (queue.Corrupt is { } batch)
        {
            batch.WasGood();
            SkipLost(queue, batch);
            return false;
        }

        if (queue.IsFinished || offset < queue.Position)
        {
            return true;
        }

        if (offset < queue.Range.End && !result.IsPartitionEOF && result.Message.Value >= 0)
        {
            _pass.Append(queue, result.Message, offset);
        }

        queue.Position = result.IsPartitionEOF ? offset : offset + 1;
        if (queue.Position >= queue.Range.End)
        {
            EndRun(queue);
        }
        else if (result.IsPartitionEOF || _pass.IsFull(queue))
        {
            _pass.Hold(queue);
        }

        return true;
    }

    /// <summary>Delivers what was consumed before the topic check that has just succeeded, and starts the next check.</summary>
    private void Deliver()
    {
        if (_check.TryTakeAnswer())
        {
            for (; _asked > 0; _asked--)
            {
                _pass.Unchecked.Dequeue().Deliver();
            }
        }

        if (_check.IsDue && (_pass.Unchecked.Count > 0 || _pass.Silence > Silence))
        {
            _check.Ask();
            _asked = _pass.Unchecked.Count;
        }
    }

    /// <summary>Handles the end of consecutive offsets: the partition continues elsewhere, or ends.</summary>
    /// <param name="queue">The partition.</param>
    /// <param name="isRead">Whether this client continues reading.</param>
    private void EndRun(PartitionQueue queue, bool isRead = true)
    {
        do
        {
            queue.Position = queue.Range.End;
            _ = queue.GetOpen(); // the reader must learn that the run has ended, even without a record
            _pass.Hold(queue);
            if (!queue.MoveToNextRun())
            {
                End(queue);
                return;
            }

            TrySkipLost(queue, queue.LogStart); // not to be asked for: each time, the client would have to be replaced
        }
        while (queue.Position == queue.Range.End);
        if (isRead)
        {
            _consumer.Seek(new TopicPartitionOffset(_pass.Topic, queue.Partition, queue.Position));
        }
    }

    /// <summary>Ends the partition: at its end, or because of a failure.</summary>
    private void End(PartitionQueue queue, Exception? failure = null)
    {
        _pass.Hold(queue);
        _pass.Unchecked.Enqueue(new Delivery(queue, null, IsLast: true, failure));
        queue.IsFinished = true;
        _unfinished--;
        _flow.Pause(queue);
    }

    /// <summary>Handles an error that the client returns instead of a record; returns false when another client must continue.</summary>
    private bool Handle(ConsumeException e)
    {
        if (ClientErrors.IsUnknownTopic(e.Error))
        {
            return true; // the topic check finds out whether this is true
        }

        if (!_pass.TryFind(e.ConsumerRecord.Partition, out PartitionQueue? queue))
        {
            throw e;
        }

        switch (e.Error.Code)
        {
            case ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange:
                _pass.OnEvent();
                return queue.IsFinished || OnOutOfRange(queue);
            case ErrorCode.Local_BadCompression:
                _pass.OnEvent();
                if (!queue.IsFinished)
                {
                    End(queue, Undecompressed(queue, e));
                }

                return true;
            case ErrorCode.Local_BadMsg or ErrorCode.InvalidMsg or ErrorCode.Local_NotImplemented:
                _pass.OnEvent();
                return queue.IsFinished || OnCorrupt(queue, e);
            case var _ when !e.Error.IsLocalError && !ClientErrors.IsAccessDenied(e.Error):
                OnRefused(queue, e);
                return true;
            default:
                throw e;
        }
    }

    /// <summary>Handles a position outside the log; returns false when lost offsets were skipped: the client has then stopped fetching, and another must continue.</summary>
    private bool OnOutOfRange(PartitionQueue queue)
    {
        PartitionQueue[] unfinished = [.. _pass.Queues.Where(q => !q.IsFinished)];
        long[] starts;
        try
        {
            Task<long[]> answer = BrokerQueries.ListOffsetsAsync(_admin, _pass.Topic, [.. unfinished.Select(q => q.Partition)], OffsetQuery.Earliest, _pass.Context.Timeout);
            starts = answer.WaitAsync(_stop).GetAwaiter().GetResult();
        }
        catch (KafkaException e) when (ClientErrors.IsUnknownTopic(BrokerQueries.ErrorOf(e)))
        {
            return true; // the topic check finds this too
        }
        catch (KafkaException e) when (ClientErrors.IsLeaderMoving(BrokerQueries.ErrorOf(e)))
        {
            _stop.WaitHandle.WaitOne(200);
            return false;
        }

        long start = starts[Array.IndexOf(unfinished, queue)];
        if (start <= queue.Position)
        {
            End(queue, _pass.Faults.LogCutOff(queue.Range, queue.Position));
            return true;
        }

        if (_pass.Context.OnDataLoss == DataLossPolicy.Throw)
        {
            End(queue, _pass.Faults.RangeGone(queue.Range, queue.Position, start));
            return true;
        }

        for (int i = 0; i < unfinished.Length; i++)
        {
            unfinished[i].LogStart = starts[i];
            SkipLost(unfinished[i], starts[i]);
        }

        return false;
    }

    /// <summary>Handles a corrupt batch: the partition ends, or the batch is skipped if its end can be found.</summary>
    /// <remarks>The client is then unusable (false): it mistakes what follows such a batch for an offset, and fetches from there.</remarks>
    private bool OnCorrupt(PartitionQueue queue, ConsumeException e)
    {
        if (_pass.Context.OnDataLoss == DataLossPolicy.Throw || e.Error.Code == ErrorCode.Local_NotImplemented)
        {
            End(queue, _pass.Faults.Corrupt(queue.Partition, queue.Position, $"{e.Error.Reason} (at that offset or after it)", e));
            return true;
        }

        if (queue.Corrupt is null)
        {
            queue.Corrupt = new CorruptBatch(queue.Position, queue.Range.End);
        }
        else
        {
            queue.Corrupt.WasCorrupt();
        }

        SkipLost(queue, queue.Corrupt);
        return false;
    }

    /// <summary>
    /// A batch with a correct checksum cannot be decompressed: no policy skips it, because its data is intact, and may only be larger than the client accepts.
    /// </summary>
    private RecordBatchException Undecompressed(PartitionQueue queue, ConsumeException e)
    {
        long limit = ConsumerSettings.MaxResponseBytes(_pass.Context.ClientConfig);
        string reason = FormattableString.Invariant($"its checksum is right, but it does not decompress ({e.Error.Reason}): if it has more than a third of {ConsumerSettings.MaxResponse} = {limit} bytes, raise that in {nameof(KafkaDatasetOptions.ClientConfig)}");
        return _pass.Faults.Corrupt(queue.Partition, queue.Position, reason, e);
    }

    /// <summary>Handles an error response of the broker; the client retries until it has failed for too long.</summary>
    private void OnRefused(PartitionQueue queue, ConsumeException e)
    {
        if (IsFailingForTooLong(queue) && !queue.IsFinished)
        {
            End(queue, _pass.Faults.Stuck(queue.Partition, queue.Position, _pass.Context.Timeout, e.Error.Reason, (int)e.Error.Code, e));
        }
    }

    private bool IsFailingForTooLong(PartitionQueue queue)
    {
        queue.FailingSince ??= _pass.Context.TimeProvider.GetTimestamp();
        return _pass.Context.TimeProvider.GetElapsedTime(queue.FailingSince.Value) >= _pass.Context.Timeout;
    }

    /// <summary>Skips a corrupt batch, once its end is found.</summary>
    private void SkipLost(PartitionQueue queue, CorruptBatch batch)
    {
        if (batch.IsFound)
        {
            queue.Corrupt = null;
            SkipLost(queue, batch.Next);
        }
    }

    /// <summary>Skips lost offsets, which are counted and logged.</summary>
    private void SkipLost(PartitionQueue queue, long start)
    {
        if (TrySkipLost(queue, start) && queue.Position == queue.Range.End)
        {
            EndRun(queue, isRead: false); // another client continues
        }
    }

    private bool TrySkipLost(PartitionQueue queue, long start)
    {
        long lostTo = Math.Min(start, queue.Range.End);
        if (lostTo <= queue.Position || !_pass.Faults.TrySkipLost(queue.Partition, queue.Position, lostTo))
        {
            return false;
        }

        queue.Position = lostTo;
        return true;
    }

    private void CheckAlive()
    {
        if (_pass.Health.Hopeless.IsCompleted)
        {
            throw BrokerQueries.ToException(_pass.Health.Hopeless.Result, _pass.Topic, _pass.Context.BootstrapServers);
        }

        if (_unfinished > 0 && _pass.Silence >= _pass.Context.Timeout)
        {
            PartitionQueue late = _pass.FindLate(_check.Leaderless);
            throw _pass.Faults.Stuck(late.Partition, late.Position, _pass.Context.Timeout, $"nothing has come ({_pass.Health.Last?.Reason ?? "no broker reported an error"})", null, null);
        }
    }
}
