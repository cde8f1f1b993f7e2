using System.Globalization;
using Confluent.Kafka;
using KafkaDatasets.Clients;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Shapes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaDatasets.Writing;

/// <summary>
/// Sends records to the partitions of one topic, in turn or by key, waits while librdkafka's queue is full, and counts acknowledgements.
/// Not thread-safe: <see cref="RowTarget"/> makes one call at a time.
/// </summary>
internal sealed class TopicProducer : IAsyncDisposable
{
    /// <summary>The number of consecutive values sent to one partition. It equals the length of a dataset's stripes, so that a topic written by one writer is read in the same order.</summary>
    internal const int RunLength = DatasetSnapshot.DefaultStripeLength;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);

    private readonly string _topic;
    private readonly KafkaWriterOptions _options;
    private readonly ILogger _logger;
    private readonly ClientHealth _health;
    private readonly Deliveries _deliveries = new();
    private readonly WriteReporter _reporter;
    private readonly IProducer<byte[]?, byte[]> _producer;
    private readonly Action<DeliveryReport<byte[]?, byte[]>> _delivered;
    private readonly Message<byte[]?, byte[]> _message = new() { Headers = [] };
    private readonly ExactArrays _values = new();
    private readonly ExactArrays _keys = new();
    private readonly TopicPartition _anyPartition;

    /// <summary>Whether the key determines a record's partition, which it does unless it is the label.</summary>
    private readonly bool _isByKey;

    private TopicPartition[] _partitions = [];
    private EmbeddedCapacity? _capacity;
    private Task _adminClosed = Task.CompletedTask;
    private KafkaWriteException? _broken;
    private bool _abandoned;
    private long _waiting;

    private TopicProducer(string topic, KafkaWriterOptions options)
    {
        _topic = topic;
        _options = options;
        _anyPartition = new TopicPartition(topic, Partition.Any);
        _isByKey = options.IsKeyInValue;
        _logger = options.LoggerFactory?.CreateLogger(Instruments.Name) ?? NullLogger.Instance;
        _health = new ClientHealth(_logger, options.TimeProvider);
        _delivered = OnDelivered;
        _producer = CreateProducer();
        _reporter = new WriteReporter(topic, _deliveries, options);
    }

    public string Topic => _topic;

    private bool IsCapacityDue => _capacity?.IsDue(_deliveries.Bytes) == true;

    private bool IsFailing => _broken is not null || _deliveries.Failure is not null || _health.Hopeless.IsCompleted;

    /// <summary>Connects, and creates the topic if it is absent.</summary>
    /// <exception cref="BrokerException">No broker responds in time, or the topic cannot be described or created.</exception>
    public static async Task<TopicProducer> OpenAsync(string topic, KafkaWriterOptions options, CancellationToken cancellationToken)
    {
        var producer = new TopicProducer(topic, options);
        IAdminClient admin = new DependentAdminClientBuilder(producer._producer.Handle).Build();
        var setup = new TopicSetup(admin, producer._health, topic, options, producer._logger);
        try
        {
            IReadOnlyList<int> partitions = await setup.EnsureAsync(cancellationToken).ConfigureAwait(false);
            producer._adminClosed = Task.Run(admin.Dispose); // which takes 100 ms, and the producer must not be disposed before
            producer._partitions = [.. partitions.Select(p => new TopicPartition(topic, p))];
            producer._capacity = EmbeddedCapacity.Of(options.BootstrapServers, topic, partitions.Count);
            return producer;
        }
        catch
        {
            // Closing a client during a request crashes the process, so it is closed after the request, in the background.
            _ = setup.Pending.ContinueWith(_ => producer.Close(admin), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>Adds a header to every following record.</summary>
    public void AddHeader(Header header) => _message.Headers.Add(header);

    /// <summary>Passes one record to librdkafka if that is possible without waiting; otherwise, call <see cref="WriteAsync"/> for it.</summary>
    /// <param name="value">The value.</param>
    /// <param name="key">The key; null if records have no key.</param>
    public Taking TryWrite(ValueBuffer value, ValueBuffer? key)
        => IsFailing || IsCapacityDue ? Taking.Full : TryProduce(_values.CopyOf(value.Written), key is null or { IsNull: true } ? null : _keys.CopyOf(key.Written));

    /// <summary>Counts a row whose call must wait.</summary>
    public void BeginWait(WaitingRow row) => Interlocked.Add(ref _waiting, row.IsGiven ? 0 : 1);

    /// <summary>Records that a waiting row's call has ended.</summary>
    public void EndWait(WaitingRow row) => Interlocked.Add(ref _waiting, row.IsGiven ? 0 : -1);

    /// <summary>Passes one record to librdkafka, waiting while its queue is full.</summary>
    /// <exception cref="KafkaWriteException">This row or an earlier one was refused.</exception>
    public async Task WriteAsync(WaitingRow row, CancellationToken cancellationToken)
    {
        if (IsCapacityDue)
        {
            await CheckCapacityAsync(cancellationToken).ConfigureAwait(false);
        }

        ProgressDeadline? deadline = null;
        while (!IsFailing && !TryGive(row))
        {
            deadline ??= NewDeadline();
            await WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
            if (deadline.Observe())
            {
                throw Break(NotAcknowledged());
            }
        }

        if (IsFailing)
        {
            await DrainAsync(cancellationToken).ConfigureAwait(false); // so that the counts are exact
            ThrowIfHopeless();
        }
    }

    /// <summary>Waits until every row written before is acknowledged.</summary>
    /// <exception cref="KafkaWriteException">Some rows were refused, or not acknowledged in time.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await DrainAsync(cancellationToken).ConfigureAwait(false);
        await CheckCapacityAsync(cancellationToken).ConfigureAwait(false);
        _reporter.Report();
        Log.Written(_logger, _topic, _deliveries.Rows, _deliveries.Bytes);
    }

    /// <summary>Waits until outstanding rows are acknowledged, unless a call has failed or was cancelled, and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_abandoned && _broken is null && _deliveries.Outstanding > 0)
            {
                await FlushAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        finally
        {
            await _adminClosed.ConfigureAwait(false);
            await Task.Run(_producer.Dispose).ConfigureAwait(false);
            _reporter.Dispose();
        }
    }

    private void Close(IAdminClient admin)
    {
        admin.Dispose();
        _producer.Dispose();
        _reporter.Dispose();
    }

    /// <summary>Closes a producer that was never disposed, and logs that; rows that are still queued are sent in the background.</summary>
    public void CloseDropped()
    {
        if (_deliveries.Outstanding is > 0 and var rows)
        {
            Log.WriterDropped(_logger, _topic, rows);
        }

        _ = Task.Run(async () =>
        {
            try
            {
                await DisposeAsync().ConfigureAwait(false);
            }
            catch (KafkaWriteException e)
            {
                Log.DroppedRowsLost(_logger, e.Message); // in a finalizer, no caller could catch it
            }
        });
    }

    /// <summary>Makes <see cref="DisposeAsync"/> drop outstanding rows.</summary>
    public void Abandon() => _abandoned = true;

    private IProducer<byte[]?, byte[]> CreateProducer()
    {
        try
        {
            ProducerBuilder<byte[]?, byte[]> builder = new ProducerBuilder<byte[]?, byte[]>(ProducerSettings.From(_options))
                .SetErrorHandler((_, error) => _health.Report(error))
                .SetLogHandler((_, message) => Log.Client(_logger, (LogLevel)message.LevelAs(LogLevelType.MicrosoftExtensionsLogging), message.Name, message.Message));
            if (_options.OAuthBearerTokenProvider is { } provider)
            {
                var tokens = new TokenRefresh(provider, _options.Timeout, _options.TimeProvider);
                _health.Tokens = tokens;
                builder.SetOAuthBearerTokenRefreshHandler((c, _) => tokens.Refresh(c));
            }

            return builder.Build();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw new InvalidOptionsException(nameof(KafkaWriterOptions), [$"{nameof(KafkaWriterOptions.ClientConfig)}: {e.Message.TrimEnd('.')}"]);
        }
    }

    private Taking TryProduce(byte[] value, byte[]? key)
    {
        TopicPartition partition = key is null || !_isByKey ? _partitions[_deliveries.Rows / RunLength % _partitions.Length] : _anyPartition;
        _message.Key = key;
        _message.Value = value;
        _deliveries.Give();
        try
        {
            _producer.Produce(partition, _message, _delivered);
        }
        catch (ProduceException<byte[]?, byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
        {
            _deliveries.TakeBack();
            return Taking.Full;
        }
        catch (ProduceException<byte[]?, byte[]> e)
        {
            OnRefused(e.Error, partition.Partition.Value);
            return Taking.Refused;
        }

        _deliveries.Taken(value.Length);
        if (_deliveries.Rows % RunLength == 0)
        {
            _reporter.ReportNowAndThen();
        }

        return Taking.Taken;
    }

    private bool TryGive(WaitingRow row)
    {
        if (TryProduce(row.Value, row.Key) == Taking.Full)
        {
            return false;
        }

        row.IsGiven = true;
        Interlocked.Decrement(ref _waiting);
        return true;
    }

    private async Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        try
        {
            long outstanding = _deliveries.Outstanding;
            await (outstanding == 0
                ? Task.Delay(Moment, _options.TimeProvider, cancellationToken)
                : _deliveries.WaitAsync(outstanding * 3 / 4, Moment, _options.TimeProvider, cancellationToken)).ConfigureAwait(false);
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

        _reporter.ReportNowAndThen();
    }

    /// <summary>Sends batches that are not full: with many partitions, the queue fills up before any batch does, and the linger time would limit the throughput.</summary>
    private void SendWhatLingers() => _producer.Flush(Moment);

    /// <summary>Waits until no row is outstanding, sending incomplete batches immediately.</summary>
    /// <exception cref="KafkaWriteException">A row was refused, or not acknowledged in time.</exception>
    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        if (_broken is not null)
        {
            throw _broken;
        }

        await Task.Factory.StartNew(() => Drain(cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
    }

    private void Drain(CancellationToken cancellationToken)
    {
        ProgressDeadline deadline = NewDeadline();
        while (_deliveries.Outstanding > 0 && !deadline.Observe() && !_health.Hopeless.IsCompleted)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                Abandon();
                cancellationToken.ThrowIfCancellationRequested();
            }

            _producer.Flush(Tick);
            _reporter.ReportNowAndThen();
        }

        if (_deliveries.Failure is { } failure)
        {
            throw Break(Refused(failure));
        }

        if (_deliveries.Outstanding > 0)
        {
            ThrowIfHopeless();
            throw Break(NotAcknowledged());
        }
    }

    private void ThrowIfHopeless()
    {
        if (_health.Hopeless.IsCompletedSuccessfully)
        {
            throw Break(Refused(new DeliveryFailure(_health.Hopeless.Result, null)));
        }
    }

    private async Task CheckCapacityAsync(CancellationToken cancellationToken)
    {
        try
        {
            await (_capacity?.CheckAsync(_deliveries.Bytes, cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (KafkaDatasetException e)
        {
            throw Break(Failed(e.Message, null, e.Partition, e));
        }
        catch (OperationCanceledException)
        {
            Abandon();
            throw;
        }
    }

    private void OnDelivered(DeliveryReport<byte[]?, byte[]> report)
    {
        if (report.Error.IsError)
        {
            OnRefused(report.Error, report.Partition.Value);
        }
        else
        {
            _deliveries.Acknowledge();
        }
    }

    private void OnRefused(Error error, int partition)
    {
        if (_deliveries.Refuse(new DeliveryFailure(error, partition)))
        {
            Log.RowRefused(_logger, _topic, partition, error.Reason);
        }
    }

    private KafkaWriteException Break(KafkaWriteException exception)
    {
        _broken ??= exception;
        _reporter.Fail(exception);
        return _broken;
    }

    private ProgressDeadline NewDeadline() => new(_deliveries, _options.Timeout, _options.TimeProvider);

    private KafkaWriteException Refused(DeliveryFailure failure)
        => Failed(string.Create(CultureInfo.InvariantCulture, $"{(failure.Partition is { } partition ? $"partition {partition}: " : "")}{ClientErrors.Describe(failure.Error, TopicSetup.NeededRights).TrimEnd('.')}."), failure.Error, failure.Partition);

    private KafkaWriteException NotAcknowledged()
        => Failed(string.Create(CultureInfo.InvariantCulture, $"no acknowledgement for {_options.Timeout.TotalSeconds:0.#} s{(_health.Last is { } last ? $" ({last.Reason.TrimEnd('.')})" : "")}; check that the brokers run."), _health.Last, null);

    private KafkaWriteException Failed(string why, Error? error, int? partition, Exception? inner = null)
    {
        long written = _deliveries.Acknowledged;
        long notWritten = _deliveries.Rows - written + Interlocked.Read(ref _waiting);
        return new KafkaWriteException(string.Create(CultureInfo.InvariantCulture, $"Writing to topic '{_topic}' failed: {why} {written} rows are acknowledged, {notWritten} are not."), inner)
        {
            Topic = _topic,
            Partition = partition,
            Written = written,
            NotWritten = notWritten,
            IsAccessDenied = error is not null && ClientErrors.IsAccessDenied(error),
            ErrorCode = error is null ? null : (int)error.Code,
        };
    }
}
