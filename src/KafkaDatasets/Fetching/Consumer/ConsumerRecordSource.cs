using System.Text;
using Confluent.Kafka;
using KafkaDatasets.Connection;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Ranges;
using TopicMetadata = KafkaDatasets.Ranges.TopicMetadata;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>A pass by the Confluent.Kafka consumer, on a thread of its own that ends with the pass.</summary>
internal sealed class ConsumerRecordSource : IRecordSource
{
    private const int ChunkRecords = 1024;

    /// <summary>Records between two looks at how full the queues are.</summary>
    private const int BalanceInterval = 64;

    private readonly FetchContext _context;
    private readonly DatasetSnapshot _snapshot;
    private readonly PartitionQueue[] _queues;
    private readonly Dictionary<int, PartitionQueue> _byPartition;
    private readonly long _bytes;
    private readonly long _quota;
    private readonly int _chunkBytes;
    private readonly SpanCopy _key = new();
    private readonly SpanCopy _value = new();
    private readonly ClientHealth _health;
    private readonly ManualResetEventSlim _wake = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _starting = new();
    private bool _isStarted;
    private int _unfinished;

    public ConsumerRecordSource(FetchContext context, DatasetSnapshot snapshot, long bytes)
    {
        _context = context;
        _snapshot = snapshot;
        _health = new ClientHealth(context.Logger);
        _queues = [.. snapshot.Partitions.Select(p => new PartitionQueue(p, _wake.Set))];
        foreach (PartitionQueue queue in _queues.Where(q => q.Range.Length == 0))
        {
            queue.Finish();
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
        try
        {
            using IConsumer<int, int> consumer = Build();
            try
            {
                Read(consumer);
            }
            catch (KafkaException e)
            {
                throw BrokerQueries.ToException(e, Topic, _context.BootstrapServers, _health.Last);
            }
        }
        catch (Exception e)
        {
            failure = e;
        }

        foreach (PartitionQueue queue in _queues)
        {
            queue.Complete(failure);
        }

        _ended.SetResult();
    }

    private IConsumer<int, int> Build()
    {
        try
        {
            return new ConsumerBuilder<int, int>(ConsumerSettings.For(_context, _bytes / 3))
                .SetKeyDeserializer(_key)
                .SetValueDeserializer(_value)
                .SetErrorHandler((_, error) => _health.Report(error))
                .SetLogHandler(static (_, _) => { })
                .Build();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw ConsumerSettings.Refused(e);
        }
    }

    private void Read(IConsumer<int, int> consumer)
    {
        CheckTopic(consumer);
        PartitionQueue[] toRead = [.. _queues.Where(q => !q.IsFinished)];
        consumer.Assign(toRead.Select(q => new TopicPartitionOffset(Topic, q.Range.Partition, q.Range.Start)));
        _unfinished = toRead.Length;
        long lastEvent = _context.TimeProvider.GetTimestamp();
        for (int turn = 0; _unfinished > 0 && !_stop.IsCancellationRequested; turn++)
        {
            if (turn % BalanceInterval == 0 && !Balance(consumer, toRead))
            {
                _wake.Wait(1000, _stop.Token);
                lastEvent = _context.TimeProvider.GetTimestamp();
                turn = -1;
                continue;
            }

            ConsumeResult<int, int>? result = null;
            try
            {
                result = consumer.Consume(0);
                if (result is null)
                {
                    foreach (PartitionQueue queue in toRead)
                    {
                        queue.Flush();
                    }

                    result = consumer.Consume(10);
                    turn = -1;
                }
            }
            catch (ConsumeException e) when (e.Error.Code is ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange)
            {
                Lose(consumer, _byPartition[e.ConsumerRecord.Partition.Value]);
                lastEvent = _context.TimeProvider.GetTimestamp();
            }
            catch (ConsumeException e) when (e.Error.Code is ErrorCode.UnknownTopicOrPart or ErrorCode.UnknownTopicId or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition)
            {
                throw new DataLossException($"Topic '{Topic}' is not there any more: it was deleted while it was read.", e) { Topic = Topic };
            }
            catch (ConsumeException e) when (e.Error.Code is ErrorCode.Local_BadMsg or ErrorCode.Local_BadCompression or ErrorCode.InvalidMsg)
            {
                throw Corrupt(e);
            }

            if (result is not null)
            {
                lastEvent = _context.TimeProvider.GetTimestamp();
                Take(consumer, result);
            }
            else
            {
                CheckAlive(lastEvent);
            }
        }
    }

    /// <summary>Takes a record, or a partition's present end.</summary>
    private void Take(IConsumer<int, int> consumer, ConsumeResult<int, int> result)
    {
        PartitionQueue queue = _byPartition[result.Partition.Value];
        long offset = result.Offset.Value;
        if (queue.IsFinished || offset < queue.Position)
        {
            return;
        }

        if (offset < queue.Range.End && !result.IsPartitionEOF && result.Message.Value >= 0)
        {
            Append(queue, result.Message, offset);
        }

        queue.Position = result.IsPartitionEOF ? offset : offset + 1;
        if (queue.Position >= queue.Range.End)
        {
            Finish(consumer, queue);
        }
        else if (result.IsPartitionEOF || queue.Open is { Count: >= ChunkRecords } || queue.Open?.ByteCount >= _chunkBytes)
        {
            queue.Flush();
        }
    }

    private void Append(PartitionQueue queue, Message<int, int> message, long offset)
    {
        RecordChunk chunk = queue.GetOpen();
        int before = chunk.ByteCount;
        chunk.EnsureEntry();
        ref RecordEntry entry = ref chunk.Entries[chunk.Count];
        entry.Offset = offset;
        entry.Timestamp = message.Timestamp.UnixTimestampMs;
        entry.KeyLength = message.Key;
        entry.KeyStart = Add(chunk, _key.Bytes);
        entry.ValueLength = message.Value;
        entry.ValueStart = Add(chunk, _value.Bytes);
        entry.HeadersStart = chunk.ByteCount;
        entry.HeaderCount = message.Headers?.Count ?? 0;
        if (entry.HeaderCount > 0)
        {
            foreach (IHeader header in message.Headers!)
            {
                byte[] name = Encoding.UTF8.GetBytes(header.Key);
                byte[]? value = header.GetValueBytes();
                AddVarint(chunk, name.Length);
                Add(chunk, name);
                AddVarint(chunk, value?.Length ?? -1);
                Add(chunk, value);
            }
        }

        chunk.Count++;
        queue.Account(chunk.ByteCount - before);
    }

    private static int Add(RecordChunk chunk, ReadOnlySpan<byte> bytes)
    {
        int start = chunk.ByteCount;
        chunk.EnsureBytes(bytes.Length);
        bytes.CopyTo(chunk.Bytes.AsSpan(start));
        chunk.ByteCount += bytes.Length;
        return start;
    }

    private static void AddVarint(RecordChunk chunk, int value)
    {
        chunk.EnsureBytes(5);
        uint rest = (uint)((value << 1) ^ (value >> 31));
        while (rest > 0x7f)
        {
            chunk.Bytes[chunk.ByteCount++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        chunk.Bytes[chunk.ByteCount++] = (byte)rest;
    }

    private void Finish(IConsumer<int, int> consumer, PartitionQueue queue)
    {
        if (--_unfinished == 0)
        {
            CheckTopic(consumer);
        }

        queue.Finish();
        Pause(consumer, queue, true);
    }

    /// <summary>
    /// Holds back partitions that are far ahead, and lets those go on that the reader waits for or has drained.
    /// </summary>
    /// <returns>Whether there is room for more, or the reader waits.</returns>
    private bool Balance(IConsumer<int, int> consumer, PartitionQueue[] queues)
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
                    Pause(consumer, queue, false);
                }
            }
            else if (!awaited && held > 2 * _quota)
            {
                queue.Flush();
                Pause(consumer, queue, true);
            }
        }

        if (bytes < _bytes || isAwaited)
        {
            return true;
        }

        _wake.Reset();
        return queues.Sum(q => q.Bytes) < _bytes || queues.Any(q => q.IsAwaited);
    }

    private void Pause(IConsumer<int, int> consumer, PartitionQueue queue, bool isPaused)
    {
        var partition = new TopicPartition(Topic, queue.Range.Partition);
        if (isPaused)
        {
            consumer.Pause([partition]);
        }
        else
        {
            consumer.Resume([partition]);
        }

        queue.IsPaused = isPaused;
    }

    /// <summary>The position is out of the log: below its start is loss; anything else waits for a leader that has it.</summary>
    private void Lose(IConsumer<int, int> consumer, PartitionQueue queue)
    {
        CheckTopic(consumer);
        int partition = queue.Range.Partition;
        using IAdminClient admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        long start = BrokerQueries.ListOffsetsAsync(admin, Topic, [partition], OffsetQuery.Earliest, _context.Timeout).GetAwaiter().GetResult()[0];
        long position = queue.Position;
        if (start <= position)
        {
            throw new DataLossException($"Offset {position} of topic '{Topic}', partition {partition}, is beyond the end of the log, which was cut off after the dataset was opened. Resolve the range again.")
            {
                Topic = Topic,
                Partition = partition,
                Offset = position,
            };
        }

        long lostTo = Math.Min(start, queue.Range.End);
        if (_context.OnDataLoss == DataLossPolicy.Throw)
        {
            throw new DataLossException($"Offsets {position} to {lostTo} of topic '{Topic}', partition {partition}, are not in the log any more: it starts at {start}. Set {nameof(KafkaDatasetOptions.OnDataLoss)} to {nameof(DataLossPolicy)}.{nameof(DataLossPolicy.Skip)} to read what is left.")
            {
                Topic = Topic,
                Partition = partition,
                Offset = position,
            };
        }

        Instruments.OffsetsLost.Add(lostTo - position, new KeyValuePair<string, object?>("topic", Topic));
        Log.OffsetsLost(_context.Logger, Topic, partition, position, lostTo);
        queue.Position = lostTo;
        queue.Flush();
        if (lostTo == queue.Range.End)
        {
            Finish(consumer, queue);
        }
        else
        {
            consumer.Seek(new TopicPartitionOffset(Topic, partition, lostTo));
        }
    }

    /// <summary>At both ends of a pass: a topic that was deleted and made anew in between would give other records at the same offsets.</summary>
    private void CheckTopic(IConsumer<int, int> consumer)
    {
        using IAdminClient admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        Task<TopicMetadata> description = BrokerQueries.DescribeTopicAsync(admin, Topic, _context.Timeout);
        Task.WaitAny([description, _health.Hopeless], _stop.Token);
        if (!description.IsCompleted)
        {
            throw BrokerQueries.ToException(_health.Hopeless.Result, Topic, _context.BootstrapServers);
        }

        RangeResolver.CheckSameTopic(_snapshot, description.GetAwaiter().GetResult());
    }

    private void CheckAlive(long lastEvent)
    {
        if (_health.Hopeless.IsCompleted)
        {
            throw BrokerQueries.ToException(_health.Hopeless.Result, Topic, _context.BootstrapServers);
        }

        if (_context.TimeProvider.GetElapsedTime(lastEvent) < _context.Timeout)
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

    private RecordBatchException Corrupt(ConsumeException e)
    {
        int partition = e.ConsumerRecord.Partition.Value;
        long offset = _byPartition[partition].Position;
        return new RecordBatchException($"The record batch at topic '{Topic}', partition {partition}, offset {offset} or after is corrupt: {e.Error.Reason}.", e) { Topic = Topic, Partition = partition, Offset = offset };
    }
}
