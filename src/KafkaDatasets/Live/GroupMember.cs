using System.Collections.Concurrent;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaDatasets.Clients;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Consumer;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Live;

/// <summary>
/// Membership in a consumer group through Confluent.Kafka's consumer, and, where the direct engine does not apply, reading of the head of the log. A dedicated thread polls the consumer continuously,
/// so that the member stays in the group however slow its reader is; commands run on that thread between polls. A reader that waits for records runs on the thread that has polled them;
/// another one goes on polling if that takes long.
/// </summary>
internal sealed class GroupMember : IHeadReader
{
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(20);

    /// <summary>Kafka's default, in milliseconds. Brokers wait this long for a member during a rebalance.</summary>
    private const int DefaultPollInterval = 300_000;

    /// <summary>The session timeout on the embedded brokers, in milliseconds.</summary>
    private const int EmbeddedSession = 3000;

    /// <summary>How long to wait for the end of a transaction that has offsets of the group; brokers wait longer than this for a member during a rebalance.</summary>
    private static readonly TimeSpan MostTransaction = TimeSpan.FromMinutes(4);

    /// <summary>How long the client may take to fetch the group's offsets with the protocol of KIP-848.</summary>
    private static readonly TimeSpan MostEpochs = TimeSpan.FromSeconds(5);

    /// <summary>How long the brokers may take to let a member into the group, before it leaves without having heard of it.</summary>
    private static readonly TimeSpan MostJoining = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan UnstableInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The maximum number of records that are collected before they are passed on.</summary>
    private const int MostAtOnce = 2000;

    /// <summary>More records than this at once are followed by others, and take their time: polling goes on meanwhile.</summary>
    private const int FewRecords = 32;

    /// <summary>Settings that say which protocol is wanted, or that only the classic one has.</summary>
    private static readonly string[] ClassicOnly = ["group.protocol", "group.protocol.type", "session.timeout.ms", "heartbeat.interval.ms", "partition.assignment.strategy"];

    private readonly FetchContext _context;
    private readonly string _topic;
    private readonly string _group;
    private readonly bool _hasConsumerProtocol;
    private readonly long _bytes;
    private readonly IGroupEvents _events;
    private readonly ClientHealth _health;
    private readonly MessageCopy _copy = new();
    private readonly IConsumer<int, int> _consumer;
    private readonly PollingThreads _threads;
    private readonly ConcurrentQueue<Action> _commands = new();
    private readonly HashSet<int> _head = [];
    private readonly Dictionary<int, long> _taken = [];
    private readonly List<int> _toPause = [];
    private readonly Dictionary<int, RecordChunk> _chunks = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _held;
    private int _epoch;
    private int _polled;
    private bool _isHeldBack;
    private volatile bool _stopping;

    /// <summary>When the client began to join the group; null before.</summary>
    private long? _joining;

    /// <summary>Whether the brokers have told this member its partitions, of which there may be none.</summary>
    private bool _isAssigned;

    /// <summary>Whether partitions were assigned that nobody was told of, because this member is about to leave.</summary>
    private bool _isUntold;

    public GroupMember(FetchContext context, string topic, LiveOptions options, bool hasConsumerProtocol, long bytes, IGroupEvents events)
    {
        _context = context;
        _topic = topic;
        _group = options.GroupId;
        _bytes = bytes;
        _events = events;
        _health = new ClientHealth(context.Logger, context.TimeProvider);
        _threads = new PollingThreads($"KafkaDatasets group member of {topic}", PollForReader);
        _commands.Enqueue(() =>
        {
            _joining = context.TimeProvider.GetTimestamp();
            _consumer!.Subscribe(topic);
        });
        try
        {
            ConsumerConfig settings = Settings(context, options, hasConsumerProtocol, bytes);
            _hasConsumerProtocol = settings.GroupProtocol == GroupProtocol.Consumer;
            ConsumerBuilder<int, int> builder = new ConsumerBuilder<int, int>(settings)
                .SetKeyDeserializer(_copy.Key)
                .SetValueDeserializer(_copy.Value)
                .SetErrorHandler((_, error) => OnError(error))
                .SetLogHandler((_, message) => Log.Client(context.Logger, (LogLevel)message.LevelAs(LogLevelType.MicrosoftExtensionsLogging), message.Name, message.Message))
                .SetPartitionsAssignedHandler((_, partitions) => Assign(partitions))
                .SetPartitionsRevokedHandler((_, partitions) => Revoke(partitions, _events.OnRevoked))
                .SetPartitionsLostHandler((_, partitions) => Revoke(partitions, _events.OnLost));
            if (context.TokenProvider is { } provider)
            {
                var tokens = new TokenRefresh(provider, context.Timeout, context.TimeProvider);
                builder.SetOAuthBearerTokenRefreshHandler((c, _) => tokens.Refresh(c));
            }

            _consumer = builder.Build();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw ConsumerSettings.Refused(e);
        }
    }

    public void Start() => _threads.Start();

    /// <summary>Leaves the group and ends the threads.</summary>
    public Task StopAsync()
    {
        _stopping = true;
        return _ended.Task;
    }

    /// <summary>Starts reading a partition at the head from an offset, as part of an epoch.</summary>
    public void Follow(int partition, long offset, int epoch) => _commands.Enqueue(() =>
    {
        if (epoch == _epoch && !TrySeek(partition, offset))
        {
            Follow(partition, offset, epoch); // the assignment has not taken effect yet
        }
    });

    /// <summary>Begins an epoch: earlier reads are discarded, and no partition is read until <c>Follow</c> is called for it.</summary>
    public void Begin(int epoch) => _commands.Enqueue(() =>
    {
        _epoch = epoch;
        DropChunks();
        _toPause.AddRange(_head);
        _head.Clear();
    });

    /// <summary>The committed offsets of partitions; null for a partition without one. Offsets of an open transaction are waited for until the brokers have ended it.</summary>
    /// <exception cref="KafkaException">The group's coordinator refused, or did not respond in time.</exception>
    public IReadOnlyList<long?> Committed(IReadOnlyList<int> partitions)
    {
        long since = _context.TimeProvider.GetTimestamp();
        while (true)
        {
            try
            {
                return [.. FetchCommitted([.. partitions.Select(p => new TopicPartition(_topic, p))]).Select(c => c.Offset.IsSpecial ? (long?)null : c.Offset.Value)];
            }
            catch (KafkaException e) when (!_stopping && IsInTransaction(e) && _context.TimeProvider.GetElapsedTime(since) < MostTransaction)
            {
                Log.OffsetsInTransaction(_context.Logger, _topic);
                Wait(UnstableInterval);
            }
        }
    }

    private List<TopicPartitionOffset> FetchCommitted(List<TopicPartition> partitions)
    {
        if (!_hasConsumerProtocol)
        {
            return _consumer.Committed(partitions, _context.Timeout);
        }

        try
        {
            return _consumer.Committed(partitions, MostEpochs < _context.Timeout ? MostEpochs : _context.Timeout);
        }
        catch (KafkaException e) when (e.Error.Code is ErrorCode.Local_TimedOut or ErrorCode.StaleMemberEpoch)
        {
            // During a rebalance, the client repeats the request with the member's epoch of before, which the brokers refuse each time. This request has no epoch.
            using IAdminClient admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
            List<ListConsumerGroupOffsetsResult> results = admin.ListConsumerGroupOffsetsAsync(
                [new ConsumerGroupTopicPartitions(_group, partitions)],
                new ListConsumerGroupOffsetsOptions { RequireStableOffsets = true, RequestTimeout = _context.Timeout }).GetAwaiter().GetResult();
            var offsets = results[0].Partitions.ToDictionary(p => p.TopicPartition, p => p.Offset);
            return [.. partitions.Select(p => new TopicPartitionOffset(p, offsets.GetValueOrDefault(p, Offset.Unset)))];
        }
    }

    /// <summary>The membership as a producer's transaction needs it; null while the member is not part of the group.</summary>
    /// <remarks>Without a member id, the brokers would accept offsets unconditionally.</remarks>
    public IConsumerGroupMetadata? TryGetMembership()
    {
        string id = _consumer.MemberId;
        IConsumerGroupMetadata membership = _consumer.ConsumerGroupMetadata;
        return id.Length > 0 && _consumer.MemberId == id ? membership : null;
    }

    private static bool IsInTransaction(KafkaException e) => e.Error.Code == ErrorCode.UnstableOffsetCommit
        || (e is ListConsumerGroupOffsetsException list && list.Results.Exists(r => r.Partitions.Exists(p => p.Error.Code == ErrorCode.UnstableOffsetCommit)))
        || (e is TopicPartitionOffsetException results && results.Results.Exists(r => r.Error.Code == ErrorCode.UnstableOffsetCommit));

    private void Wait(TimeSpan time) => Task.Delay(time, _context.TimeProvider).GetAwaiter().GetResult();

    /// <summary>Commits offsets; can be called on any thread.</summary>
    /// <exception cref="KafkaException">The group's coordinator refused.</exception>
    public void Commit(IEnumerable<(int Partition, long Offset)> offsets)
    {
        TopicPartitionOffset[] committed = [.. offsets.Select(o => new TopicPartitionOffset(_topic, o.Partition, o.Offset))];
        try
        {
            _consumer.Commit(committed);
        }
        catch (KafkaException e) when (_hasConsumerProtocol && e.Error.Code == ErrorCode.Local_TimedOut)
        {
            _consumer.Commit(committed); // with the member's epoch of now: the client repeats a request with that of before a rebalance, which the brokers refuse each time
        }
    }

    private static ConsumerConfig Settings(FetchContext context, LiveOptions options, bool hasConsumerProtocol, long bytes)
    {
        ConsumerConfig config = ConsumerSettings.For(context, bytes / 2);
        config.GroupId = options.GroupId;
        config.MaxPollIntervalMs = context.ClientConfig.TryGetValue("max.poll.interval.ms", out string? interval) && int.TryParse(interval, out int milliseconds) ? milliseconds : DefaultPollInterval;
        if (options.InstanceId is { } instance)
        {
            config.GroupInstanceId = instance;
        }

        if (hasConsumerProtocol && !ClassicOnly.Any(context.ClientConfig.ContainsKey))
        {
            config.GroupProtocol = GroupProtocol.Consumer;
        }

        // With the protocol of KIP-848, a member that names a session timeout is refused: it is the brokers' setting.
        if (config.GroupProtocol != GroupProtocol.Consumer && EmbeddedKafka.TryFind(context.BootstrapServers, out _) && !context.ClientConfig.ContainsKey("session.timeout.ms"))
        {
            // On the mock cluster, a rebalance takes as long as the session timeout.
            config.SessionTimeoutMs = EmbeddedSession;
            config.HeartbeatIntervalMs = EmbeddedSession / 10;
        }

        // With the protocol of KIP-848, the brokers assign the partitions.
        if (config.GroupProtocol != GroupProtocol.Consumer && !context.ClientConfig.ContainsKey("partition.assignment.strategy"))
        {
            config.PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky;
        }

        return config;
    }

    /// <summary>Polls until the reader's wait is to be completed on this thread; null at the end, when the member has left the group.</summary>
    private PollingThreads.Absence? PollForReader()
    {
        try
        {
            while (!_stopping)
            {
                RunCommands();
                HoldBack();
                Poll();
                if (Deliver() is { } waiter)
                {
                    return new PollingThreads.Absence(waiter, IsLong: _polled > FewRecords);
                }
            }
        }
        catch (Exception e)
        {
            _events.OnFailed(e);
        }

        Leave();
        return null;
    }

    private void Leave()
    {
        try
        {
            DropChunks();
            FinishJoining();
            _consumer.Close(); // this revokes the partitions, which commits the finished batches
        }
        catch (Exception e)
        {
            Log.ClientError(_context.Logger, e.Message);
        }
        finally
        {
            _consumer.Dispose();
            _ended.TrySetResult();
        }
    }

    /// <summary>
    /// Waits until the brokers have let this member into the group: a client that closes before it has heard of that does not leave, and the next member would wait until the session of this one has ended.
    /// On the embedded brokers, a session is short, and ends sooner.
    /// </summary>
    private void FinishJoining()
    {
        if (_joining is not { } since || EmbeddedKafka.TryFind(_context.BootstrapServers, out _))
        {
            return;
        }

        while (!_isAssigned
            && !_health.Hopeless.IsCompleted
            && _context.TimeProvider.GetElapsedTime(since) < MostJoining)
        {
            try
            {
                _consumer.Consume(PollTime);
            }
            catch (KafkaException)
            {
                return;
            }
        }
    }

    private void RunCommands()
    {
        for (int left = _commands.Count; left > 0 && _commands.TryDequeue(out Action? command); left--)
        {
            command();
        }

        if (_toPause.Count > 0)
        {
            HashSet<int> assigned = [.. _consumer.Assignment.Select(a => a.Partition.Value)];
            TopicPartition[] paused = [.. _toPause.Where(p => assigned.Contains(p) && !_head.Contains(p)).Distinct().Select(p => new TopicPartition(_topic, p))];
            _toPause.Clear();
            _consumer.Pause(paused);
        }
    }

    private bool TrySeek(int partition, long offset)
    {
        var place = new TopicPartition(_topic, partition);
        if (!_consumer.Assignment.Contains(place))
        {
            return true; // it was revoked again, which begins a new epoch
        }

        try
        {
            _consumer.Seek(new TopicPartitionOffset(place, offset));
            if (!_isHeldBack)
            {
                _consumer.Resume([place]);
            }
        }
        catch (KafkaException e) when (e.Error.Code is ErrorCode.Local_State or ErrorCode.Local_TimedOut)
        {
            return false;
        }

        _head.Add(partition);
        _taken.Remove(partition);
        return true;
    }

    /// <summary>Pauses the partitions while the reader has enough queued records; polling continues.</summary>
    private void HoldBack()
    {
        long held = Interlocked.Read(ref _held);
        if (!_isHeldBack && held > _bytes)
        {
            _isHeldBack = true;
            _consumer.Pause(_head.Select(p => new TopicPartition(_topic, p)));
        }
        else if (_isHeldBack && held < _bytes / 2)
        {
            _isHeldBack = false;
            _consumer.Resume(_head.Select(p => new TopicPartition(_topic, p)));
        }
    }

    private void Poll()
    {
        try
        {
            ConsumeResult<int, int>? result = _consumer.Consume(PollTime);
            for (int count = 0; result is not null; count++)
            {
                Take(result);
                _polled = count + 1;
                result = count < MostAtOnce && _commands.IsEmpty ? _consumer.Consume(TimeSpan.Zero) : null;
            }
        }
        catch (ConsumeException e) when (e.Error.Code == ErrorCode.Local_AutoOffsetReset || e.Error.Code == ErrorCode.OffsetOutOfRange)
        {
            int partition = e.ConsumerRecord?.Partition.Value ?? -1;
            if (_head.Contains(partition))
            {
                Restart(partition, _events.OnOutOfRange(partition, e.ConsumerRecord!.Offset.Value));
            }
        }
        catch (ConsumeException e) when (!e.Error.IsFatal && !ClientErrors.IsAccessDenied(e.Error))
        {
            Log.ClientError(_context.Logger, $"{e.Error.Code}: {e.Error.Reason}"); // the client retries by itself
        }
        catch (KafkaException e)
        {
            throw ClientErrors.ToException(e.Error, $"Following topic '{_topic}'", _topic, "READ on the topic and on the group", _health.Last, e);
        }
    }

    /// <summary>Passes on what was polled.</summary>
    /// <returns>The wait of the reader, which is to be completed; null if it does not wait.</returns>
    private TaskCompletionSource? Deliver()
    {
        if (_chunks.Count == 0)
        {
            return null;
        }

        foreach (RecordChunk chunk in _chunks.Values)
        {
            Interlocked.Add(ref _held, chunk.ByteCount);
        }

        TaskCompletionSource? waiter = _events.OnRecords([.. _chunks.Values], _epoch);
        _chunks.Clear();
        return waiter;
    }

    /// <summary>Follows a partition from another offset after the client has stopped it for an error, in which state it cannot seek.</summary>
    private void Restart(int partition, long offset)
    {
        var place = new TopicPartition(_topic, partition);
        try
        {
            _consumer.IncrementalUnassign([place]);
            _consumer.IncrementalAssign([new TopicPartitionOffset(place, offset)]);
        }
        catch (KafkaException e) when (e.Error.Code == ErrorCode.Local_State)
        {
            throw new DataLossException(FormattableString.Invariant($"The records of topic '{_topic}', partition {partition}, before offset {offset} were deleted before they were read. A member with this partition.assignment.strategy cannot skip them while it follows the topic: join again, or use 'cooperative-sticky'."), e)
            {
                Topic = _topic,
                Partition = partition,
                Offset = offset,
            };
        }

        if (_isHeldBack)
        {
            _consumer.Pause([place]);
        }
    }

    private void Take(ConsumeResult<int, int> result)
    {
        int partition = result.Partition.Value;
        if (!_head.Contains(partition))
        {
            return; // fetched before the partition was paused; it is read again from the offset that the reader requests
        }

        if (result.IsPartitionEOF && _taken.TryGetValue(partition, out long taken) && taken >= result.Offset.Value)
        {
            return; // the client tells the end after every record: only one behind what has no records, such as the marker of a transaction, says anything new
        }

        if (!_chunks.TryGetValue(partition, out RecordChunk? chunk))
        {
            chunk = new RecordChunk(partition, Release);
            chunk.Own();
            _chunks.Add(partition, chunk);
        }

        if (result.IsPartitionEOF)
        {
            chunk.NextOffset = _taken[partition] = result.Offset.Value;
            return;
        }

        if (result.Message.Value >= 0)
        {
            _copy.Append(chunk, result.Message, result.Offset.Value);
        }

        chunk.NextOffset = _taken[partition] = result.Offset.Value + 1;
    }

    private void Release(RecordChunk chunk)
    {
        Interlocked.Add(ref _held, -chunk.ByteCount);
        chunk.ReturnArrays();
    }

    private void DropChunks()
    {
        foreach (RecordChunk chunk in _chunks.Values)
        {
            Interlocked.Add(ref _held, chunk.ByteCount); // the chunk was not counted yet
            chunk.Release();
        }

        _chunks.Clear();
    }

    private void OnError(Error error)
    {
        _health.Report(error);
        if (_health.Hopeless.IsCompletedSuccessfully)
        {
            _events.OnFailed(ClientErrors.ToException(_health.Hopeless.Result, $"Following topic '{_topic}'", _topic, "READ on the topic and on the group", error));
        }
    }

    private IEnumerable<TopicPartitionOffset> Assign(List<TopicPartition> partitions)
    {
        int[] numbers = [.. partitions.Select(p => p.Partition.Value).Order()];
        bool isFirst = !_isAssigned;
        _isAssigned = true;
        if (_stopping && isFirst)
        {
            _isUntold = true;
            return [.. numbers.Select(p => new TopicPartitionOffset(_topic, p, Offset.End))];
        }

        _toPause.AddRange(numbers);
        try
        {
            IReadOnlyList<long> starts = _events.OnAssigned(numbers);
            return [.. numbers.Select((p, i) => new TopicPartitionOffset(_topic, p, starts[i]))];
        }
        catch (Exception e)
        {
            _events.OnFailed(e);
            return [.. numbers.Select(p => new TopicPartitionOffset(_topic, p, Offset.End))]; // never followed
        }
    }

    private void Revoke(List<TopicPartitionOffset> partitions, Action<IReadOnlyList<int>> tell)
    {
        int[] numbers = [.. partitions.Select(p => p.Partition.Value).Order()];
        foreach (int partition in numbers)
        {
            _head.Remove(partition);
            if (_chunks.Remove(partition, out RecordChunk? chunk))
            {
                Interlocked.Add(ref _held, chunk.ByteCount);
                chunk.Release();
            }
        }

        if (_isUntold)
        {
            return;
        }

        try
        {
            tell(numbers);
        }
        catch (Exception e)
        {
            _events.OnFailed(e);
        }
    }
}
