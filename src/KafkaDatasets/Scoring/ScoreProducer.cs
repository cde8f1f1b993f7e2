using System.Globalization;
using System.Text;
using Confluent.Kafka;
using KafkaDatasets.Clients;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Writing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaDatasets.Scoring;

/// <summary>A producer for several topics, with transactions or without. Its calls block; one at a time.</summary>
internal sealed class ScoreProducer : IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan CallTime = TimeSpan.FromSeconds(5);

    /// <summary>How long one of a transaction's calls waits before it is called again, which goes on with what it has begun; in between, it can be cancelled.</summary>
    private static readonly TimeSpan TurnTime = TimeSpan.FromSeconds(1);

    private readonly KafkaWriterOptions _options;
    private readonly ILogger _logger;
    private readonly ClientHealth _health;
    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly Action<DeliveryReport<byte[]?, byte[]?>>? _delivered;
    private readonly Message<byte[]?, byte[]?> _message = new();
    private readonly List<Refusal> _refusals = []; // its own lock
    private readonly ProducerMode _mode;
    private Task _pending = Task.CompletedTask;
    private Error? _failure;

    /// <param name="options">The client's settings.</param>
    /// <param name="transactionalId">The id of its transactions; null for none.</param>
    /// <param name="transactionTimeout">How long brokers keep a transaction open.</param>
    /// <param name="mode">How it groups records.</param>
    public ScoreProducer(KafkaWriterOptions options, string? transactionalId, TimeSpan? transactionTimeout, ProducerMode mode = default)
    {
        _options = options;
        _mode = mode;
        _logger = options.LoggerFactory?.CreateLogger(Instruments.Name) ?? NullLogger.Instance;
        _health = new ClientHealth(_logger, options.TimeProvider);
        IsTransactional = transactionalId is not null;
        _delivered = IsTransactional ? null : report => OnDelivered(report, null, 0); // committing a transaction fails if a record was refused, and a report for each would cost time
        try
        {
            ProducerBuilder<byte[]?, byte[]?> builder = new ProducerBuilder<byte[]?, byte[]?>(Settings(options, transactionalId, transactionTimeout, mode))
                .SetKeySerializer(Serializers.ByteArray!)
                .SetValueSerializer(Serializers.ByteArray!)
                .SetErrorHandler((_, error) => _health.Report(error))
                .SetLogHandler((_, message) => Log.Client(_logger, (LogLevel)message.LevelAs(LogLevelType.MicrosoftExtensionsLogging), message.Name, message.Message));
            if (options.OAuthBearerTokenProvider is { } provider)
            {
                var tokens = new TokenRefresh(provider, options.Timeout, options.TimeProvider);
                _health.Tokens = tokens;
                builder.SetOAuthBearerTokenRefreshHandler((c, _) => tokens.Refresh(c));
            }

            _producer = builder.Build();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw new InvalidOptionsException(nameof(KafkaWriterOptions), [$"{nameof(KafkaWriterOptions.ClientConfig)}: {Sentence.Message(e).TrimEnd('.')}"]);
        }
    }

    public bool IsTransactional { get; }

    /// <summary>How it groups records.</summary>
    public ProducerMode Mode => _mode;

    /// <summary>The last error of a connection.</summary>
    public Error? LastError => _health.Last;

    /// <summary>Creates a topic if it does not exist.</summary>
    /// <returns>The number of its partitions.</returns>
    /// <exception cref="BrokerException">No broker responds in time, or the topic cannot be described or created.</exception>
    public async Task<int> EnsureTopicAsync(string topic, KafkaWriterOptions options, CancellationToken cancellationToken)
    {
        IAdminClient admin = new DependentAdminClientBuilder(_producer.Handle).Build();
        var setup = new TopicSetup(admin, _health, topic, options, _logger);
        try
        {
            await setup.EnsureAsync(cancellationToken).ConfigureAwait(false);
            return (await TopicDescriber.GetPartitionsAsync(admin, topic, options.Timeout).ConfigureAwait(false)).Partitions.Count;
        }
        catch (KafkaException e)
        {
            throw ClientErrors.ToException(e.Error, $"Describing topic '{topic}'", topic, TopicSetup.NeededRights, _health.Last, e);
        }
        finally
        {
            _pending = Task.WhenAll(_pending, setup.Pending);
        }
    }

    /// <summary>Whether the brokers know no such topic (any more): a transaction whose records are not acknowledged does not say why.</summary>
    public async Task<bool> IsMissingAsync(string topic)
    {
        try
        {
            await TopicDescriber.GetPartitionsAsync(new DependentAdminClientBuilder(_producer.Handle).Build(), topic, CallTime).ConfigureAwait(false);
            return false;
        }
        catch (KafkaException e)
        {
            return ClientErrors.IsUnknownTopic(e.Error);
        }
    }

    /// <summary>Ends transactions of earlier producers with the same id.</summary>
    /// <exception cref="TransactionFailedException">The brokers refused, or did not respond in time.</exception>
    public void Init(CancellationToken cancellationToken) => Call(() => _producer.InitTransactions(TurnTime), "Initializing transactions", cancellationToken);

    public void Begin() => Call(_producer.BeginTransaction, "Beginning a transaction", CancellationToken.None);

    /// <summary>Passes a record to the client, waiting while its queue is full. The client copies key and value.</summary>
    /// <param name="to">Where it is written.</param>
    /// <param name="key">Its key.</param>
    /// <param name="value">Its value.</param>
    /// <param name="headers">Its headers.</param>
    /// <param name="origin">What it was made from; null if it has no input.</param>
    /// <param name="cancellationToken">Cancels the wait for room.</param>
    /// <exception cref="TransactionFailedException">The client refused it, or its queue did not empty in time.</exception>
    public void Produce(TopicPartition to, byte[]? key, byte[]? value, Headers? headers, RecordOrigin? origin, CancellationToken cancellationToken)
    {
        int size = (key?.Length ?? 0) + (value?.Length ?? 0);
        Action<DeliveryReport<byte[]?, byte[]?>>? delivered = _mode.Reports != DeliveryReports.None ? report => OnDelivered(report, origin, size) : _delivered;
        _message.Key = key;
        _message.Value = value;
        _message.Headers = headers;
        long? full = null;
        while (true)
        {
            try
            {
                _producer.Produce(to, _message, delivered);
                return;
            }
            catch (ProduceException<byte[]?, byte[]?> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                full ??= _options.TimeProvider.GetTimestamp();
                if (_options.TimeProvider.GetElapsedTime(full.Value) > _options.Timeout)
                {
                    throw Failed("Writing", NoProgress(), e);
                }

                cancellationToken.ThrowIfCancellationRequested();
                _producer.Flush(Moment);
            }
            catch (KafkaException e)
            {
                if (ClientErrors.IsRecordRefused(e.Error))
                {
                    AddRefusal(new Refusal(origin, to, size, e.Error));
                }

                throw Failed("Writing", e.Error.Code == ErrorCode.Local_State ? ErrorOfTransaction(e.Error) : e.Error, e);
            }
        }
    }

    public void Produce(TopicPartition to, string key, byte[]? value, CancellationToken cancellationToken) => Produce(to, Encoding.UTF8.GetBytes(key), value, null, null, cancellationToken);

    /// <summary>Waits until every record is acknowledged; only without transactions.</summary>
    /// <exception cref="TransactionFailedException">A record was refused, or not acknowledged in time.</exception>
    public void Flush(CancellationToken cancellationToken)
    {
        long since = _options.TimeProvider.GetTimestamp();
        for (int left = _producer.Flush(Moment), last = left; left > 0; left = _producer.Flush(CallTime / 50))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (left != last)
            {
                (last, since) = (left, _options.TimeProvider.GetTimestamp());
            }
            else if (_options.TimeProvider.GetElapsedTime(since) > _options.Timeout)
            {
                throw Failed("Writing", NoProgress(), null);
            }
        }

        if (Interlocked.Exchange(ref _failure, null) is { } failure)
        {
            throw Failed("Writing", failure, null);
        }
    }

    /// <summary>Adds offsets to the transaction and commits it.</summary>
    /// <exception cref="TransactionFailedException">It is not committed, or that is unknown.</exception>
    public void Commit(IReadOnlyList<TopicPartitionOffset> offsets, IConsumerGroupMetadata membership, CancellationToken cancellationToken)
    {
        if (offsets.Count > 0)
        {
            Call(() => _producer.SendOffsetsToTransaction(offsets, membership, TurnTime), "Adding offsets to a transaction", cancellationToken);
        }

        Call(() => _producer.CommitTransaction(TurnTime), "Committing a transaction", cancellationToken);
    }

    /// <summary>Waits until readers see the committed transaction in every partition.</summary>
    /// <remarks>
    /// Brokers acknowledge a commit before they have written its marker to each partition. They refuse to add anything to another transaction of the same producer until they have,
    /// so adding offsets waits for that; the offsets are dropped with the transaction.
    /// </remarks>
    /// <param name="offsets">The offsets that were committed last.</param>
    /// <param name="membership">The current membership.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="TransactionFailedException">The brokers refused, or did not respond in time.</exception>
    public void WaitUntilVisible(IReadOnlyList<TopicPartitionOffset> offsets, IConsumerGroupMetadata membership, CancellationToken cancellationToken)
    {
        Begin();
        Call(() => _producer.SendOffsetsToTransaction(offsets, membership, TurnTime), "Waiting for a transaction to become visible", cancellationToken);
        Abort(CancellationToken.None);
    }

    /// <exception cref="TransactionFailedException">The brokers refused, or did not respond in time.</exception>
    public void Abort(CancellationToken cancellationToken) => Call(() => _producer.AbortTransaction(TurnTime), "Aborting a transaction", cancellationToken);

    /// <summary>Closes the connections. An open transaction stays open until the brokers abort it.</summary>
    public void Dispose()
    {
        // Closing a client during a request crashes the process.
        if (_pending.IsCompleted)
        {
            _producer.Dispose();
        }
        else
        {
            _ = _pending.ContinueWith(_ => _producer.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private static Dictionary<string, string> Settings(KafkaWriterOptions options, string? transactionalId, TimeSpan? transactionTimeout, ProducerMode mode)
    {
        var settings = new Dictionary<string, string>();
        foreach ((string name, string value) in ProducerSettings.From(options))
        {
            settings[name] = value;
        }

        settings["linger.ms"] = options.ClientConfig.GetValueOrDefault("linger.ms", "10"); // commits send what lingers anyway
        settings["dotnet.producer.delivery.report.fields"] = "none";
        if (mode.Reports == DeliveryReports.Records)
        {
            settings["batch.num.messages"] = "1";
        }

        if (mode.MaxBatchBytes is { } bytes)
        {
            settings["batch.size"] = bytes.ToString(CultureInfo.InvariantCulture);
        }

        if (transactionalId is not null)
        {
            settings["transactional.id"] = transactionalId;
            settings["transaction.timeout.ms"] = ((long)transactionTimeout!.Value.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        }

        return settings;
    }

    /// <summary>Calls the client until it succeeds, while its errors may pass.</summary>
    private void Call(Action call, string doing, CancellationToken cancellationToken)
    {
        long since = _options.TimeProvider.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                call();
                return;
            }
            catch (KafkaRetriableException e) when (_options.TimeProvider.GetElapsedTime(since) < _options.Timeout && !_health.Hopeless.IsCompleted)
            {
                Log.ClientError(_logger, $"{doing}: {e.Error.Code}: {e.Error.Reason}");
            }
            catch (KafkaException e)
            {
                throw Failed(doing, e.Error, e);
            }
        }
    }

    /// <summary>Why the transaction takes no more records.</summary>
    private Error ErrorOfTransaction(Error unknown)
    {
        try
        {
            _producer.CommitTransaction(CallTime); // it commits nothing in a transaction that takes no more records, and its error says why
            return unknown;
        }
        catch (KafkaException e)
        {
            return e.Error;
        }
    }

    private TransactionFailedException Failed(string doing, Error error, KafkaException? cause)
    {
        if (_mode.Reports != DeliveryReports.None)
        {
            _producer.Flush(CallTime); // what was given is refused or dropped by now; this waits for the reports
        }

        if (IsTransactional && !error.IsFatal)
        {
            error = Interlocked.Exchange(ref _failure, null) ?? error; // why a record was refused, instead of that one was
        }

        string why = error.IsFatal || !ClientErrors.IsUnreachable(error) ? ClientErrors.Describe(error, "WRITE on the topics and on the transactional id, READ on the group") : (_health.Last ?? error).Reason;
        Refusal[] refusals;
        lock (_refusals)
        {
            refusals = [.. _refusals];
            _refusals.Clear();
        }

        return new TransactionFailedException(
            $"{doing} failed: {why.TrimEnd('.')}.", error, error.IsFatal || (IsTransactional && cause is not (KafkaTxnRequiresAbortException or ProduceException<byte[]?, byte[]?>)), refusals);
    }

    private Error NoProgress() => new(ErrorCode.Local_TimedOut, string.Create(CultureInfo.InvariantCulture, $"no acknowledgement for {_options.Timeout.TotalSeconds:0.#} s"));

    private void OnDelivered(DeliveryReport<byte[]?, byte[]?> report, RecordOrigin? origin, int size)
    {
        if (!report.Error.IsError)
        {
            return;
        }

        if (report.Error.Code is ErrorCode.Local_PurgeQueue or ErrorCode.Local_PurgeInflight)
        {
            return; // it was in a transaction that is aborted because of another one
        }

        Interlocked.CompareExchange(ref _failure, report.Error, null);
        if (ClientErrors.IsRecordRefused(report.Error) ? _mode.Reports == DeliveryReports.Records : origin is not null && ClientErrors.IsPermanent(report.Error))
        {
            AddRefusal(new Refusal(origin, report.TopicPartition, size, report.Error));
        }
    }

    private void AddRefusal(Refusal refusal)
    {
        lock (_refusals)
        {
            _refusals.Add(refusal);
        }
    }
}
