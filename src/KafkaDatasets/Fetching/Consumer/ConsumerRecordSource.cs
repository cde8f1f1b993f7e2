using Confluent.Kafka;
using KafkaDatasets.Connection;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>A pass by the Confluent.Kafka consumer, on a thread of its own that ends with the pass.</summary>
internal sealed class ConsumerRecordSource : IRecordSource
{
    private const int ChunkRecords = 1024;

    /// <summary>Records between two looks at how full the queues are.</summary>
    private const int BalanceInterval = 64;

    /// <summary>After this long without a record the topic may have been deleted.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    private readonly FetchContext _context;
    private readonly DatasetSnapshot _snapshot;
    private readonly PartitionQueue[] _queues;
    private readonly Dictionary<int, PartitionQueue> _byPartition;
    private readonly long _bytes;
    private readonly long _quota;
    private readonly int _chunkBytes;
    private readonly MessageCopy _copy = new();
    private readonly Queue<Delivery> _unchecked = new();
    private readonly ClientHealth _health;
    private readonly ManualResetEventSlim _wake = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _starting = new();
    private bool _isStarted;
    private int _unfinished;
    private int _asked;
    private long _lastEvent;

    public ConsumerRecordSource(FetchContext context, DatasetSnapshot snapshot, long bytes)
    {
        _context = context;
        _snapshot = snapshot;
        _health = new ClientHealth(context.Logger);
        _queues = [.. snapshot.Partitions.Select(p => new PartitionQueue(p, _wake.Set))];
        foreach (PartitionQueue queue in _queues.Where(q => q.Range.Length == 0))
        {
            queue.IsFinished = true;
            queue.Complete(null);
        }

        _byPartition = _queues.ToDictionary(q => q.Range.Partition);
        _bytes = bytes / 4 * 3; // the rest is the client's own queue
        _quota = Math.Max(1, _bytes / Math.Max(1, _queues.Length));
        _chunkBytes = (int)Math.Clamp(_quota / 4, 4 << 10, 256 << 10);
    }

    private string Topic => _snapshot.Topic;

    public ValueTask<RecordChunk?> ReadAsync(int partitionIndex, CancellationToken cancellationToken)
    {
        Start();
        return _queues[partitionIndex].ReadAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        bool isRunning;
        lock (_starting)
        {
            isRunning = _isStarted;
            _isStarted = true;
        }

        if (isRunning)
        {
            await _ended.Task.ConfigureAwait(false);
        }

        foreach (PartitionQueue queue in _queues)
        {
            queue.Drain();
        }
    }

    private void Start()
    {
        lock (_starting)
        {
            if (!_isStarted)
            {
                _isStarted = true;
                new Thread(Run) { IsBackground = true, Name = $"KafkaDatasets {Topic}" }.Start();
            }
        }
    }

    private void Run()
    {
        Exception? failure = null;
        _lastEvent = _context.TimeProvider.GetTimestamp();
        try
        {
            while (!Read())
            {
            }
        }
        catch (Exception e)
        {
            failure = e;
        }

        foreach (PartitionQueue queue in _queues)
        {
            queue.Complete(At(queue, failure));
            queue.Close()?.Release();
        }

        while (_unchecked.TryDequeue(out Delivery delivery))
        {
            delivery.Chunk?.Release();
        }

        _ended.SetResult();
    }

    private IConsumer<int, int> Build()
    {
        try
        {
            return new ConsumerBuilder<int, int>(ConsumerSettings.For(_context, _bytes / 3))
                .SetKeyDeserializer(_copy.Key)
                .SetValueDeserializer(_copy.Value)
                .SetErrorHandler((_, error) => _health.Report(error))
                .SetLogHandler(static (_, _) => { })
                .Build();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw ConsumerSettings.Refused(e);
        }
    }

    /// <summary>Reads on from where the partitions are, with a client of its own; false where another is to go on.</summary>
    private bool Read()
    {
        IConsumer<int, int> consumer = Build();
        IAdminClient admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        var check = new TopicCheck(admin, _snapshot, _context);
        try
        {
            return Read(consumer, admin, check);
        }
        catch (BrokenClientException)
        {
            return false;
        }
        catch (KafkaException e)
        {
            throw BrokerQueries.ToException(e, Topic, _context.BootstrapServers, _health.Last);
        }
        finally
        {
            End(consumer, admin, check.Last);
        }
    }

    /// <summary>Gives the client back: at once, or when the last question is answered.</summary>
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

    private bool Read(IConsumer<int, int> consumer, IAdminClient admin, TopicCheck check)
    {
        PartitionQueue[] toRead = [.. _queues.Where(q => !q.IsFinished)];
        foreach (PartitionQueue queue in toRead)
        {
            queue.IsPaused = false;
            queue.Corrupt = null; // looked for anew, from the position on
        }

        consumer.Assign(toRead.Select(q => new TopicPartitionOffset(Topic, q.Range.Partition, q.Position)));
        _unfinished = toRead.Length;
        _asked = 0;
        for (int turn = 0; (_unfinished > 0 || _unchecked.Count > 0) && !_stop.IsCancellationRequested; turn++)
        {
            if (turn % BalanceInterval == 0)
            {
                Deliver(check);
                if (!Balance(consumer, admin, toRead))
                {
                    _wake.Wait(1000, _stop.Token);
                    _lastEvent = _context.TimeProvider.GetTimestamp();
                    turn = -1;
                    continue;
                }
            }

            ConsumeResult<int, int>? result = null;
            try
            {
                result = consumer.Consume(0);
                if (result is null)
                {
                    Array.ForEach(toRead, Hold);
                    Deliver(check);
                    result = consumer.Consume(_unchecked.Count > 0 ? 1 : 10);
                    turn = -1;
                }
            }
            catch (ConsumeException e) when (e.Error.Code is ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange)
            {
                _lastEvent = _context.TimeProvider.GetTimestamp();
                if (!Lose(consumer, admin, _byPartition[e.ConsumerRecord.Partition.Value]))
                {
                    return false;
                }
            }
            catch (ConsumeException e) when (ClientErrors.IsUnknownTopic(e.Error))
            {
                // whether it is so, the check finds out
            }
            catch (ConsumeException e) when (e.Error.Code is ErrorCode.Local_BadMsg or ErrorCode.Local_BadCompression or ErrorCode.InvalidMsg)
            {
                _lastEvent = _context.TimeProvider.GetTimestamp();
                OnCorrupt(consumer, _byPartition[e.ConsumerRecord.Partition.Value], e);
            }
            catch (ConsumeException e) when (e.Error.Code == ErrorCode.Local_NotImplemented)
            {
                PartitionQueue queue = _byPartition[e.ConsumerRecord.Partition.Value]; // a message format that there is not
                if (!queue.IsFinished)
                {
                    End(consumer, queue, Corrupt(queue, e));
                }
            }
            catch (ConsumeException e) when (!e.Error.IsLocalError && !ClientErrors.IsAccessDenied(e.Error) && _byPartition.TryGetValue(e.ConsumerRecord.Partition.Value, out PartitionQueue? failing))
            {
                OnError(consumer, failing, e);
            }

            if (result is not null)
            {
                _lastEvent = _context.TimeProvider.GetTimestamp();
                Take(consumer, result);
            }
            else
            {
                CheckAlive();
            }
        }

        return true;
    }

    /// <summary>Takes a record, or a partition's present end.</summary>
    private void Take(IConsumer<int, int> consumer, ConsumeResult<int, int> result)
    {
        PartitionQueue queue = _byPartition[result.Partition.Value];
        long offset = result.Offset.Value;
        queue.FailingSince = null;
        if (queue.Corrupt is { } batch)
        {
            batch.WasGood();
            PassOver(consumer, queue, batch);
            return;
        }

        if (queue.IsFinished || offset < queue.Position)
        {
            return;
        }

        if (offset < queue.Range.End && !result.IsPartitionEOF && result.Message.Value >= 0)
        {
            RecordChunk chunk = queue.GetOpen();
            int before = chunk.ByteCount;
            _copy.Append(chunk, result.Message, offset);
            queue.Account(chunk.ByteCount - before);
        }

        queue.Position = result.IsPartitionEOF ? offset : offset + 1;
        if (queue.Position >= queue.Range.End)
        {
            queue.Position = queue.Range.End;
            End(consumer, queue);
        }
        else if (result.IsPartitionEOF || queue.Open is { Count: >= ChunkRecords } || queue.Open?.ByteCount >= _chunkBytes)
        {
            Hold(queue);
        }
    }

    /// <summary>Closes the open chunk: it is delivered when the topic has been checked.</summary>
    private void Hold(PartitionQueue queue)
    {
        if (queue.Close() is { } chunk)
        {
            _unchecked.Enqueue(new Delivery(queue, chunk));
        }
    }

    /// <summary>Delivers what was consumed before the question that has been answered now, and asks the next one.</summary>
    private void Deliver(TopicCheck check)
    {
        if (check.TryTakeAnswer())
        {
            for (; _asked > 0; _asked--)
            {
                _unchecked.Dequeue().Deliver();
            }
        }

        if (check.IsDue && (_unchecked.Count > 0 || _context.TimeProvider.GetElapsedTime(_lastEvent) > Silence))
        {
            check.Ask();
            _asked = _unchecked.Count;
        }
    }

    /// <summary>The partition has come to its end, or to what ends the reading of it.</summary>
    private void End(IConsumer<int, int> consumer, PartitionQueue queue, Exception? failure = null)
    {
        Hold(queue);
        _unchecked.Enqueue(new Delivery(queue, null, IsLast: true, failure));
        queue.IsFinished = true;
        _unfinished--;
        Pause(consumer, queue);
    }

    /// <summary>
    /// Holds back partitions that are far ahead, and lets those go on that the reader waits for or has drained.
    /// </summary>
    /// <returns>Whether there is room for more, or the reader waits.</returns>
    private bool Balance(IConsumer<int, int> consumer, IAdminClient admin, PartitionQueue[] queues)
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

            bool awaited = queue.IsAwaited;
            isAwaited |= awaited;
            if (queue.IsPaused)
            {
                if (awaited || held < _quota / 2)
                {
                    Resume(consumer, admin, queue);
                }
            }
            else if (!awaited && held > 2 * _quota)
            {
                Hold(queue);
                Pause(consumer, queue);
            }
        }

        if (bytes < _bytes || isAwaited)
        {
            return true;
        }

        _wake.Reset();
        return queues.Sum(q => q.Bytes) < _bytes || queues.Any(q => q.IsAwaited);
    }

    private void Pause(IConsumer<int, int> consumer, PartitionQueue queue)
    {
        consumer.Pause([new TopicPartition(Topic, queue.Range.Partition)]);
        queue.IsPaused = true;
    }

    /// <summary>Lets a partition go on, at once: the client's thread for its leader may sleep for a second, unless there is a request for it.</summary>
    private void Resume(IConsumer<int, int> consumer, IAdminClient admin, PartitionQueue queue)
    {
        consumer.Resume([new TopicPartition(Topic, queue.Range.Partition)]);
        queue.IsPaused = false;
        _ = BrokerQueries.ListOffsetsAsync(admin, Topic, [queue.Range.Partition], OffsetQuery.Earliest, _context.Timeout)
            .ContinueWith(static answer => answer.Exception, TaskScheduler.Default);
    }

    /// <summary>A partition's position is out of the log; false where what is lost was passed over: the client has stopped fetching then, and another is to go on.</summary>
    private bool Lose(IConsumer<int, int> consumer, IAdminClient admin, PartitionQueue queue)
    {
        if (queue.IsFinished)
        {
            return true;
        }

        PartitionQueue[] unfinished = [.. _queues.Where(q => !q.IsFinished)];
        long[] starts;
        try
        {
            Task<long[]> answer = BrokerQueries.ListOffsetsAsync(admin, Topic, [.. unfinished.Select(q => q.Range.Partition)], OffsetQuery.Earliest, _context.Timeout);
            starts = answer.WaitAsync(_stop.Token).GetAwaiter().GetResult();
        }
        catch (KafkaException e) when (ClientErrors.IsUnknownTopic(BrokerQueries.ErrorOf(e)))
        {
            return true; // the check finds it out too
        }
        catch (KafkaException e) when (ClientErrors.IsLeaderMoving(BrokerQueries.ErrorOf(e)))
        {
            _stop.Token.WaitHandle.WaitOne(200);
            return false;
        }

        long start = starts[Array.IndexOf(unfinished, queue)];
        if (start <= queue.Position)
        {
            queue.FailingSince ??= _context.TimeProvider.GetTimestamp();
            if (_context.TimeProvider.GetElapsedTime(queue.FailingSince.Value) < _context.Timeout)
            {
                _stop.Token.WaitHandle.WaitOne(200); // a leader that has just begun may not know yet how far its log goes
                return false;
            }

            End(consumer, queue, Loss(queue, $"Offset {queue.Position} of topic '{Topic}', partition {queue.Range.Partition}, is beyond the end of the log, which was cut off after the dataset was opened. Resolve the range again."));
            return true;
        }

        if (_context.OnDataLoss == DataLossPolicy.Throw)
        {
            End(consumer, queue, Loss(queue, $"Offsets {queue.Position} to {Math.Min(start, queue.Range.End)} of topic '{Topic}', partition {queue.Range.Partition}, are not in the log any more: it starts at {start}. Set {nameof(KafkaDatasetOptions.OnDataLoss)} to {nameof(DataLossPolicy)}.{nameof(DataLossPolicy.Skip)} to read what is left."));
            return true;
        }

        for (int i = 0; i < unfinished.Length; i++)
        {
            PassOver(consumer, unfinished[i], starts[i]);
        }

        return false;
    }

    private void PassOver(IConsumer<int, int> consumer, PartitionQueue queue, long start)
    {
        long position = queue.Position;
        long lostTo = Math.Min(start, queue.Range.End);
        if (lostTo <= position)
        {
            return;
        }

        Instruments.OffsetsLost.Add(lostTo - position, new KeyValuePair<string, object?>("topic", Topic));
        Log.OffsetsLost(_context.Logger, Topic, queue.Range.Partition, position, lostTo);
        queue.Position = lostTo;
        if (lostTo == queue.Range.End)
        {
            End(consumer, queue);
        }
    }

    private DataLossException Loss(PartitionQueue queue, string message) => new(message)
    {
        Topic = Topic,
        Partition = queue.Range.Partition,
        Offset = queue.Position,
    };

    /// <summary>What ended the whole pass, as the reader of one partition meets it.</summary>
    private static Exception? At(PartitionQueue queue, Exception? failure)
    {
        string where = $"Partition {queue.Range.Partition} was read up to offset {queue.Published} of {queue.Range}.";
        return failure switch
        {
            DataLossException { Partition: null } loss => new DataLossException($"{loss.Message} {where}", loss)
            {
                Topic = loss.Topic,
                Partition = queue.Range.Partition,
                Offset = queue.Published,
            },
            BrokerException { Partition: null } fault => new BrokerException($"{fault.Message} {where}", fault)
            {
                Topic = fault.Topic,
                Partition = queue.Range.Partition,
                Offset = queue.Published,
                IsAccessDenied = fault.IsAccessDenied,
                ErrorCode = fault.ErrorCode,
            },
            _ => failure,
        };
    }

    private void CheckAlive()
    {
        if (_health.Hopeless.IsCompleted)
        {
            throw BrokerQueries.ToException(_health.Hopeless.Result, Topic, _context.BootstrapServers);
        }

        if (_unfinished == 0 || _context.TimeProvider.GetElapsedTime(_lastEvent) < _context.Timeout)
        {
            return;
        }

        PartitionQueue late = _queues.FirstOrDefault(q => q.IsAwaited) ?? _queues.First(q => !q.IsFinished);
        throw new BrokerException(
            $"Nothing has come for {_context.Timeout} from topic '{Topic}', partition {late.Range.Partition}, at offset {late.Position}, before its end {late.Range.End}: {_health.Last?.Reason ?? "no broker reported an error"}.")
        {
            Topic = Topic,
            Partition = late.Range.Partition,
            Offset = late.Position,
        };
    }

    /// <summary>The broker answered with an error; the client tries again, until it has been in vain for too long.</summary>
    private void OnError(IConsumer<int, int> consumer, PartitionQueue queue, ConsumeException e)
    {
        queue.FailingSince ??= _context.TimeProvider.GetTimestamp();
        if (!queue.IsFinished && _context.TimeProvider.GetElapsedTime(queue.FailingSince.Value) >= _context.Timeout)
        {
            End(consumer, queue, new BrokerException($"Partition {queue.Range.Partition} of topic '{Topic}' could not be read on from offset {queue.Position} for {_context.Timeout.TotalSeconds:0.#} s: {e.Error.Reason}.", e)
            {
                Topic = Topic,
                Partition = queue.Range.Partition,
                Offset = queue.Position,
                ErrorCode = (int)e.Error.Code,
            });
        }
    }

    /// <summary>A batch is corrupt: that ends the reading of the partition, or it is passed over.</summary>
    private void OnCorrupt(IConsumer<int, int> consumer, PartitionQueue queue, ConsumeException e)
    {
        if (queue.IsFinished)
        {
            return;
        }

        if (_context.OnDataLoss == DataLossPolicy.Throw)
        {
            End(consumer, queue, Corrupt(queue, e));
            return;
        }

        if (queue.Corrupt is null)
        {
            queue.Corrupt = new CorruptBatch(queue.Position, queue.Range.End);
        }
        else
        {
            queue.Corrupt.WasCorrupt();
        }

        PassOver(consumer, queue, queue.Corrupt);
    }

    /// <summary>Looks for the end of a corrupt batch, or, where that is found, goes on from there.</summary>
    private void PassOver(IConsumer<int, int> consumer, PartitionQueue queue, CorruptBatch batch)
    {
        if (batch.IsFound)
        {
            queue.Corrupt = null;
            PassOver(consumer, queue, batch.Next);
        }

        if (!queue.IsFinished)
        {
            Seek(consumer, new TopicPartitionOffset(Topic, queue.Range.Partition, batch.Next));
        }
    }

    /// <summary>Seeks, as soon as librdkafka can: not while it still validates the leader epoch of the last position.</summary>
    private void Seek(IConsumer<int, int> consumer, TopicPartitionOffset position)
    {
        long started = _context.TimeProvider.GetTimestamp();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                consumer.Seek(position);
                return;
            }
            catch (KafkaException e) when (e.Error.Code == ErrorCode.Local_State && _context.TimeProvider.GetElapsedTime(started) < _context.Timeout)
            {
                _stop.Token.WaitHandle.WaitOne(10);
            }
        }
    }

    private RecordBatchException Corrupt(PartitionQueue queue, ConsumeException e) =>
        new($"The record batch at topic '{Topic}', partition {queue.Range.Partition}, offset {queue.Position} or after is corrupt: {e.Error.Reason}.", e)
        {
            Topic = Topic,
            Partition = queue.Range.Partition,
            Offset = queue.Position,
        };
}
