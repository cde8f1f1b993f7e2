using Confluent.Kafka;
using KafkaDatasets.Clients;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Shapes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaDatasets.Writing;

/// <summary>
/// Gives records to the partitions of one topic, in turn or by their keys, waits while librdkafka's queue is full, and knows what was acknowledged.
/// One caller at a time.
/// </summary>
internal sealed class TopicProducer : IAsyncDisposable
{
    /// <summary>The number of consecutive values given to one partition: the length of a dataset's stripes, so that a topic written once is read in the same order.</summary>
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

    /// <summary>Whether a key says which partition a record goes to: it does, but where it is a label.</summary>
    private readonly bool _isByKey;

    private TopicPartition[] _partitions = [];
    private EmbeddedCapacity? _capacity;
    private KafkaWriteException? _broken;
    private bool _abandoned;

    private TopicProducer(string topic, KafkaWriterOptions options)
    {
        _topic = topic;
        _options = options;
        _anyPartition = new TopicPartition(topic, Partition.Any);
        _isByKey = options.IsKeyInValue;
        _logger = options.LoggerFactory?.CreateLogger(Instruments.Name) ?? NullLogger.Instance;
        _health = new ClientHealth(_logger);
        _delivered = OnDelivered;
        _producer = CreateProducer();
        _reporter = new WriteReporter(topic, _deliveries, options);
    }

    private bool IsFailing => _broken is not null || _deliveries.Failure is not null || _health.Hopeless.IsCompleted;

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
            producer._capacity = EmbeddedCapacity.Of(options.BootstrapServers, topic, partitions);
            return producer;
        }
        catch
        {
            await producer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Puts a header on every record from now on.</summary>
    public void AddHeader(Header header) => _message.Headers.Add(header);

    /// <summary>Gives one record; waits while the queue is full.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="key">Its key, or null where records have none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KafkaWriteException">A row was refused, this one or an earlier one.</exception>
    public ValueTask WriteAsync(ValueBuffer value, ValueBuffer? key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        byte[] exact = _values.CopyOf(value.Written);
        _message.Key = key is null or { IsNull: true } ? null : _keys.CopyOf(key.Written);
        return !TryProduce(exact) ? new ValueTask(WriteWhenRoomAsync(exact, cancellationToken))
            : _capacity?.IsDue(_deliveries.Bytes) == true ? new ValueTask(CheckCapacityAsync(cancellationToken))
            : ValueTask.CompletedTask;
    }

    /// <summary>Waits until every value is acknowledged.</summary>
    /// <exception cref="KafkaWriteException">Some rows were refused, or not acknowledged in time.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await DrainAsync(cancellationToken).ConfigureAwait(false);
        await CheckCapacityAsync(cancellationToken).ConfigureAwait(false);
        _reporter.Report();
        Log.Written(_logger, _topic, _deliveries.Rows, _deliveries.Bytes);
    }

    /// <summary>Writes what is outstanding, unless a call has failed or was cancelled: then nobody waits for it any more.</summary>
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
            await Task.Run(_producer.Dispose).ConfigureAwait(false);
            _reporter.Dispose();
        }
    }

    /// <summary>Makes <see cref="DisposeAsync"/> drop what is outstanding.</summary>
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
                builder.SetOAuthBearerTokenRefreshHandler((c, _) => tokens.Refresh(c));
            }

            return builder.Build();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw new InvalidOptionsException(nameof(KafkaWriterOptions), [$"{nameof(KafkaWriterOptions.ClientConfig)}: {e.Message.TrimEnd('.')}"]);
        }
    }

    private bool TryProduce(byte[] value)
    {
        if (IsFailing)
        {
            return false;
        }

        TopicPartition partition = _message.Key is null || !_isByKey ? _partitions[_deliveries.Rows / RunLength % _partitions.Length] : _anyPartition;
        _message.Value = value;
        _deliveries.Give();
        try
        {
            _producer.Produce(partition, _message, _delivered);
        }
        catch (ProduceException<byte[]?, byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
        {
            _deliveries.TakeBack();
            return false;
        }
        catch (ProduceException<byte[]?, byte[]> e)
        {
            OnRefused(e.Error, partition.Partition.Value);
            return false;
        }

        _deliveries.Taken(value.Length);
        if (_deliveries.Rows % RunLength == 0)
        {
            _reporter.ReportNowAndThen();
        }

        return true;
    }

    private async Task WriteWhenRoomAsync(byte[] value, CancellationToken cancellationToken)
    {
        ProgressDeadline deadline = NewDeadline();
        do
        {
            if (IsFailing)
            {
                await DrainAsync(cancellationToken).ConfigureAwait(false);
                ThrowIfHopeless();
            }

            await WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
            if (deadline.Observe())
            {
                throw Break(NotAcknowledged());
            }
        }
        while (!TryProduce(value));
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

    /// <summary>With many partitions the queue is full before any batch is: lingering would then set the pace.</summary>
    private void SendWhatLingers() => _producer.Flush(Moment);

    /// <summary>Waits until nothing is outstanding, without lingering.</summary>
    /// <exception cref="KafkaWriteException">Something was refused, or is not acknowledged in time.</exception>
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
        => Failed($"{(failure.Partition is { } partition ? $"partition {partition}: " : "")}{ClientErrors.Describe(failure.Error, TopicSetup.NeededRights)}.", failure.Error, failure.Partition);

    private KafkaWriteException NotAcknowledged()
        => Failed($"no acknowledgement for {_options.Timeout.TotalSeconds:0.#} s{(_health.Last is { } last ? $" ({last.Reason})" : "")}; check that the brokers run.", _health.Last, null);

    private KafkaWriteException Failed(string why, Error? error, int? partition, Exception? inner = null)
    {
        long written = _deliveries.Acknowledged;
        long notWritten = _deliveries.Rows - written;
        return new KafkaWriteException($"Writing to topic '{_topic}' failed: {why} {written} rows are acknowledged, {notWritten} are not.", inner)
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
