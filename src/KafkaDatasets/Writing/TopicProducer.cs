using Confluent.Kafka;
using KafkaDatasets.Connection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaDatasets.Writing;

/// <summary>
/// Gives values to the partitions of one topic in turn, waits while librdkafka's queue is full, and knows what was acknowledged.
/// One caller at a time; acknowledgements come on librdkafka's threads.
/// </summary>
internal sealed class TopicProducer : IAsyncDisposable
{
    /// <summary>The number of consecutive values given to one partition: the length of a dataset's stripes, so that a topic written once is read in the same order.</summary>
    internal const int RunLength = 1024;

    private const int MaxReusedLength = 4096;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);

    private readonly string _topic;
    private readonly KafkaWriterOptions _options;
    private readonly ILogger _logger;
    private readonly ClientHealth _health;
    private readonly IProducer<Null, byte[]> _producer;
    private readonly Action<DeliveryReport<Null, byte[]>> _delivered;
    private readonly Message<Null, byte[]> _message = new() { Headers = [] };
    private readonly byte[]?[] _values = new byte[MaxReusedLength + 1][];
    private readonly long _started;

    private readonly EmbeddedKafka? _embedded;

    private TopicPartition[] _partitions = [];
    private long _rows;
    private long _bytes;
    private long _checkAt = long.MaxValue;
    private long _acknowledged;
    private long _refused;
    private long _reported;
    private DeliveryFailure? _failure;
    private QueueWaiter? _waiter;
    private KafkaWriteException? _broken;
    private bool _abandoned;

    private TopicProducer(string topic, KafkaWriterOptions options)
    {
        _topic = topic;
        _options = options;
        _logger = options.LoggerFactory?.CreateLogger("KafkaDatasets.Writing") ?? NullLogger.Instance;
        _started = _reported = options.TimeProvider.GetTimestamp();
        _health = new ClientHealth(_logger);
        _delivered = OnDelivered;
        EmbeddedKafka.TryFind(options.BootstrapServers, out _embedded);
        try
        {
            _producer = new ProducerBuilder<Null, byte[]>(ProducerSettings.From(options))
                .SetErrorHandler((_, error) => _health.Report(error))
                .SetLogHandler((_, message) => _logger.Client((LogLevel)message.LevelAs(LogLevelType.MicrosoftExtensionsLogging), message.Name, message.Message))
                .Build();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw new InvalidOptionsException(nameof(KafkaWriterOptions), [$"{nameof(KafkaWriterOptions.ClientConfig)}: {e.Message.TrimEnd('.')}"]);
        }
    }

    /// <summary>The values that are neither acknowledged nor refused yet.</summary>
    private long Outstanding => Volatile.Read(ref _rows) - Interlocked.Read(ref _acknowledged) - Interlocked.Read(ref _refused);

    /// <summary>Connects, and creates the topic if it is absent.</summary>
    /// <exception cref="BrokerException">No broker answers in time, or the topic cannot be described or created.</exception>
    public static async Task<TopicProducer> OpenAsync(string topic, KafkaWriterOptions options, CancellationToken cancellationToken)
    {
        var producer = new TopicProducer(topic, options);
        try
        {
            using IAdminClient admin = new DependentAdminClientBuilder(producer._producer.Handle).Build();
            int partitions = await new TopicSetup(admin, producer._health, topic, options, producer._logger).EnsureAsync(cancellationToken).ConfigureAwait(false);
            producer._partitions = [.. Enumerable.Range(0, partitions).Select(p => new TopicPartition(topic, p))];
            producer.CheckEmbeddedLater();
            return producer;
        }
        catch
        {
            await producer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Gives one value; waits while the queue is full.</summary>
    /// <exception cref="KafkaWriteException">A row was refused, this one or an earlier one.</exception>
    public ValueTask WriteAsync(ReadOnlySpan<byte> value, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        byte[] exact = Exact(value.Length);
        value.CopyTo(exact);
        return !TryProduce(exact) ? new ValueTask(WriteWhenRoomAsync(exact, cancellationToken))
            : _bytes >= _checkAt ? new ValueTask(CheckEmbeddedAsync(cancellationToken))
            : ValueTask.CompletedTask;
    }

    /// <summary>Waits until every value is acknowledged.</summary>
    /// <exception cref="KafkaWriteException">Some rows were refused, or not acknowledged in time.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await DrainAsync(cancellationToken).ConfigureAwait(false);
        ThrowIfBroken();
        await CheckEmbeddedAsync(cancellationToken).ConfigureAwait(false);
        Report();
        _logger.Flushed(_topic, _rows, _bytes);
    }

    /// <summary>Writes what is outstanding, unless a call has failed or was cancelled: then nobody waits for it any more.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_abandoned && _broken is null && Outstanding > 0)
            {
                await FlushAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        finally
        {
            await Task.Run(_producer.Dispose).ConfigureAwait(false);
        }
    }

    /// <summary>Makes <see cref="DisposeAsync"/> drop what is outstanding.</summary>
    public void Abandon() => _abandoned = true;

    private byte[] Exact(int length)
        => length > MaxReusedLength ? new byte[length] : _values[length] ??= new byte[length];

    private bool TryProduce(byte[] value)
    {
        if (_broken is not null || Volatile.Read(ref _failure) is not null || _health.Hopeless.IsCompleted)
        {
            return false;
        }

        TopicPartition partition = _partitions[_rows / RunLength % _partitions.Length];
        _message.Value = value;
        Volatile.Write(ref _rows, _rows + 1);
        try
        {
            _producer.Produce(partition, _message, _delivered);
        }
        catch (ProduceException<Null, byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
        {
            Volatile.Write(ref _rows, _rows - 1);
            return false;
        }
        catch (ProduceException<Null, byte[]> e)
        {
            OnRefused(e.Error, partition.Partition.Value);
            return false;
        }

        _bytes += value.Length;
        if (_rows % RunLength == 0)
        {
            ReportNowAndThen();
        }

        return true;
    }

    private async Task WriteWhenRoomAsync(byte[] value, CancellationToken cancellationToken)
    {
        var patience = new Patience(this);
        do
        {
            if (_broken is not null || Volatile.Read(ref _failure) is not null || _health.Hopeless.IsCompleted)
            {
                await DrainAsync(cancellationToken).ConfigureAwait(false);
            }

            ThrowIfBroken();
            await WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
            if (patience.IsAtEnd)
            {
                Break(NotAcknowledged());
            }
        }
        while (!TryProduce(value));
    }

    private async Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        var waiter = new QueueWaiter(Outstanding * 3 / 4);
        Interlocked.Exchange(ref _waiter, waiter);
        try
        {
            if (Outstanding > waiter.AtMost)
            {
                await waiter.Done.Task.WaitAsync(Moment, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await Task.Delay(1, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (TimeoutException)
        {
            SendWhatLingers();
        }
        catch (OperationCanceledException)
        {
            Abandon();
            throw;
        }
        finally
        {
            Interlocked.Exchange(ref _waiter, null);
        }

        ReportNowAndThen();
    }

    /// <summary>With many partitions the queue is full before any batch is: lingering would then set the pace.</summary>
    private void SendWhatLingers() => _producer.Flush(Moment);

    /// <summary>Waits until nothing is outstanding, without lingering, and breaks if something was refused or is not acknowledged in time.</summary>
    private Task DrainAsync(CancellationToken cancellationToken)
        => _broken is not null ? Task.CompletedTask : Task.Factory.StartNew(() => Drain(cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Drain(CancellationToken cancellationToken)
    {
        var patience = new Patience(this);
        while (Outstanding > 0)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                Abandon();
                cancellationToken.ThrowIfCancellationRequested();
            }

            _producer.Flush(Tick);
            ReportNowAndThen();
            if (patience.IsAtEnd || _health.Hopeless.IsCompleted)
            {
                break;
            }
        }

        if (Volatile.Read(ref _failure) is { } failure)
        {
            Break(Refused(failure));
        }
        else if (_health.Hopeless.IsCompletedSuccessfully)
        {
            Break(Refused(new DeliveryFailure(_health.Hopeless.Result, -1)));
        }
        else if (Outstanding > 0)
        {
            Break(NotAcknowledged());
        }
    }

    private void CheckEmbeddedLater()
    {
        if (_embedded is not null)
        {
            _checkAt = _bytes + (EmbeddedKafka.PartitionCapacityBytes * _partitions.Length);
        }
    }

    /// <summary>The embedded brokers drop their oldest batches without a word.</summary>
    private async Task CheckEmbeddedAsync(CancellationToken cancellationToken)
    {
        if (_embedded is null)
        {
            return;
        }

        try
        {
            await _embedded.ThrowIfTruncatedAsync(_topic, cancellationToken).ConfigureAwait(false);
        }
        catch (KafkaDatasetException e)
        {
            long written = Interlocked.Read(ref _acknowledged);
            Break(new KafkaWriteException(e.Message, e) { Topic = _topic, Partition = e.Partition, Offset = e.Offset, Written = written, NotWritten = _rows - written });
        }
        catch (OperationCanceledException)
        {
            Abandon();
            throw;
        }

        ThrowIfBroken();
        CheckEmbeddedLater();
    }

    private void OnDelivered(DeliveryReport<Null, byte[]> report)
    {
        if (report.Error.IsError)
        {
            OnRefused(report.Error, report.Partition.Value);
        }
        else
        {
            Interlocked.Increment(ref _acknowledged);
        }

        if (Volatile.Read(ref _waiter) is { } waiter && Outstanding <= waiter.AtMost)
        {
            waiter.Done.TrySetResult();
        }
    }

    private void OnRefused(Error error, int partition)
    {
        if (Interlocked.CompareExchange(ref _failure, new DeliveryFailure(error, partition), null) is null)
        {
            _logger.DeliveryFailed(_topic, partition, error.Reason);
        }

        Interlocked.Increment(ref _refused);
        Volatile.Read(ref _waiter)?.Done.TrySetResult();
    }

    private void ThrowIfBroken()
    {
        if (_broken is not null)
        {
            throw _broken;
        }
    }

    private void Break(KafkaWriteException exception) => _broken ??= exception;

    private KafkaWriteException Refused(DeliveryFailure failure)
        => Broken($"{(failure.Partition < 0 ? "" : $"partition {failure.Partition}: ")}{ClientErrors.Describe(failure.Error, TopicSetup.NeededRights)}", failure.Error, failure.Partition);

    private KafkaWriteException NotAcknowledged()
        => Broken($"no acknowledgement for {_options.Timeout.TotalSeconds:0.#} s{(_health.Last is { } last ? $" ({last.Reason})" : "")}; check that the brokers run", _health.Last, -1);

    private KafkaWriteException Broken(string why, Error? error, int partition)
    {
        long written = Interlocked.Read(ref _acknowledged);
        return new KafkaWriteException($"Writing to topic '{_topic}' failed: {why}. {written} rows are written, {_rows - written} are not.")
        {
            Topic = _topic,
            Partition = partition < 0 ? null : partition,
            Written = written,
            NotWritten = _rows - written,
            IsAccessDenied = error is not null && ClientErrors.IsAccessDenied(error),
            ErrorCode = error is null ? null : (int)error.Code,
        };
    }

    private void ReportNowAndThen()
    {
        if (_options.Progress is not null && _options.TimeProvider.GetElapsedTime(_reported) >= Tick)
        {
            Report();
        }
    }

    private void Report()
    {
        _reported = _options.TimeProvider.GetTimestamp();
        _options.Progress?.Report(new WriteProgress(_topic, _rows, Interlocked.Read(ref _acknowledged), _bytes, _options.TimeProvider.GetElapsedTime(_started)));
    }

    private sealed class QueueWaiter(long atMost)
    {
        public long AtMost { get; } = atMost;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Ends when nothing has been acknowledged for the options' time-out.</summary>
    private sealed class Patience(TopicProducer producer)
    {
        private long _settled = -1;
        private long _since;

        public bool IsAtEnd
        {
            get
            {
                TimeProvider clock = producer._options.TimeProvider;
                long settled = Interlocked.Read(ref producer._acknowledged) + Interlocked.Read(ref producer._refused);
                if (settled != _settled)
                {
                    (_settled, _since) = (settled, clock.GetTimestamp());
                }

                return clock.GetElapsedTime(_since) >= producer._options.Timeout;
            }
        }
    }
}
