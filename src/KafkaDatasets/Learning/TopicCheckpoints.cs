using System.Globalization;
using System.Text;
using Confluent.Kafka;
using KafkaDatasets.Clients;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Consumer;
using KafkaDatasets.Writing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaDatasets.Learning;

/// <summary>
/// Checkpoints as records of a compacted topic, in partition 0: a record for each part of the checkpoint, by keys that every checkpoint uses again, and one for its segment of the journal, by a key of its own, which compaction keeps.
/// All of them, and the group's offsets, are written in one transaction.
/// </summary>
internal sealed class TopicCheckpoints(string topic, string name, KafkaDatasetOptions cluster) : CheckpointStore
{
    private const string NumberHeader = "checkpoint";
    private const string PartsHeader = "parts";

    /// <summary>How long a topic must be unknown to count as absent. The client's own default is as long as the whole time-out.</summary>
    private const int AbsenceMilliseconds = 2000;

    /// <summary>The maximum size of a record's value, half of what brokers take by default.</summary>
    private const int PartBytes = 512 << 10;

    /// <summary>The topic of the checkpoints.</summary>
    public string CheckpointTopic => topic;

    public override Task<LearningCheckpoint?> ReadLatestAsync(CancellationToken cancellationToken = default) => Task.Run(() => Latest(Read(mayBeAbsent: true, cancellationToken)), cancellationToken);

    public override string ToString() => $"{topic} ({name})";

    internal override async Task<ICheckpointWriter> OpenAsync(KafkaDatasetOptions dataset, CancellationToken cancellationToken)
    {
        if (EmbeddedKafka.TryFind(cluster.BootstrapServers, out _) || EmbeddedKafka.TryFind(dataset.BootstrapServers, out _))
        {
            throw new InvalidOptionsException(nameof(OnlineTrainerOptions), [$"{nameof(OnlineTrainerOptions.Checkpoints)} are in topic '{topic}', in transactions with the group's offsets, which the embedded Kafka does not keep: use {nameof(CheckpointStore)}.{nameof(Directory)}, or a real Kafka"]);
        }

        var writer = new Writer(this, topic, CreateProducer());
        try
        {
            // The transactional id fences whoever used it before, and aborts what they have left open; then the topic is read.
            await Task.Run(() => writer.Begin(cluster), cancellationToken).ConfigureAwait(false);
            await writer.EnsureTopicAsync(cluster, cancellationToken).ConfigureAwait(false);
            Dictionary<string, Message<string, byte[]>> records = await Task.Run(() => Read(mayBeAbsent: false, cancellationToken), cancellationToken).ConfigureAwait(false);
            writer.Latest = Latest(records);
            for (long number = 1; number <= (writer.Latest?.Number ?? 0); number++)
            {
                if (!records.ContainsKey(JournalKey(number)))
                {
                    Log.JournalIncomplete(LoggerOf(dataset), $"topic '{topic}', key '{JournalKey(number)}'", writer.Latest!.Number);
                    break;
                }
            }

            return writer;
        }
        catch
        {
            await writer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    internal override Task<IReadOnlyList<byte[]>> ReadJournalAsync(LearningCheckpoint upTo, CancellationToken cancellationToken) => Task.Run<IReadOnlyList<byte[]>>(
        () =>
        {
            Dictionary<string, Message<string, byte[]>> records = Read(mayBeAbsent: false, cancellationToken);
            var segments = new List<byte[]>();
            for (long number = 1; number <= upTo.Number; number++)
            {
                segments.Add(records.TryGetValue(JournalKey(number), out Message<string, byte[]>? record)
                    ? record.Value
                    : throw new CheckpointException(FormattableString.Invariant($"The journal of '{name}' in topic '{topic}' lacks the segment {number} of {upTo.Number}: the model cannot be learned again from it.")) { Location = topic, Topic = upTo.Topic });
            }

            return segments;
        },
        cancellationToken);

    private string PartKey(int part) => string.Create(CultureInfo.InvariantCulture, $"{name}/checkpoint/{part}");

    private string JournalKey(long number) => string.Create(CultureInfo.InvariantCulture, $"{name}/journal/{number}");

    private string Doing => $"Keeping checkpoints of '{name}' in topic '{topic}' of {cluster.BootstrapServers}";

    /// <summary>The last record of each key of this learner, of committed transactions.</summary>
    /// <param name="mayBeAbsent">Whether a topic that does not exist has no records. If false, it has just been created, and a broker may not know it yet.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    private Dictionary<string, Message<string, byte[]>> Read(bool mayBeAbsent, CancellationToken cancellationToken)
    {
        var records = new Dictionary<string, Message<string, byte[]>>();
        ILogger logger = LoggerOf(cluster);
        var context = new FetchContext(cluster.BootstrapServers, cluster.ClientConfig, cluster.OnDataLoss, cluster.Timeout, logger, cluster.TimeProvider) { TokenProvider = cluster.OAuthBearerTokenProvider };
        ConsumerConfig config = ConsumerSettings.For(context, 4 << 20);
        config.ConsumeResultFields = "all";
        if (mayBeAbsent)
        {
            config.TopicMetadataPropagationMaxMs = AbsenceMilliseconds;
        }

        var health = new ClientHealth(logger, cluster.TimeProvider);
        ConsumerBuilder<string, byte[]> builder = new ConsumerBuilder<string, byte[]>(config).SetErrorHandler((_, e) => health.Report(e)).SetLogHandler((_, _) => { });
        if (context.TokenProvider is { } provider)
        {
            var tokens = new TokenRefresh(provider, context.Timeout, context.TimeProvider);
            builder.SetOAuthBearerTokenRefreshHandler((c, _) => tokens.Refresh(c));
        }

        using IConsumer<string, byte[]> consumer = builder.Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, Offset.Beginning));
        long since = cluster.TimeProvider.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ConsumeResult<string, byte[]>? result = null;
            try
            {
                result = consumer.Consume(TimeSpan.FromMilliseconds(100));
            }
            catch (ConsumeException e) when (ClientErrors.IsUnknownTopic(e.Error))
            {
                if (mayBeAbsent)
                {
                    return records;
                }
            }
            catch (KafkaException e)
            {
                throw ClientErrors.ToException(e.Error, Doing, topic, "READ on the topic", health.Last, e);
            }

            if (result is { IsPartitionEOF: true })
            {
                return records;
            }

            if (result is null)
            {
                if (mayBeAbsent && health.Last is { } last && ClientErrors.IsUnknownTopic(last))
                {
                    return records;
                }

                if (cluster.TimeProvider.GetElapsedTime(since) > cluster.Timeout)
                {
                    throw ClientErrors.ToException(new Error(ErrorCode.Local_TimedOut), Doing, topic, "READ on the topic", health.Last);
                }

                continue;
            }

            since = cluster.TimeProvider.GetTimestamp();
            if (result.Message.Key is not { } key || !key.StartsWith($"{name}/", StringComparison.Ordinal))
            {
                continue;
            }

            if (result.Message.Value is null)
            {
                records.Remove(key); // deleted, and as good as absent before compaction has come by
            }
            else
            {
                records[key] = result.Message;
            }
        }
    }

    /// <exception cref="CheckpointException">The parts do not belong together, or are damaged.</exception>
    private LearningCheckpoint? Latest(Dictionary<string, Message<string, byte[]>> records)
    {
        if (!records.TryGetValue(PartKey(0), out Message<string, byte[]>? first))
        {
            return null;
        }

        string where = $"topic '{topic}', key '{PartKey(0)}'";
        try
        {
            string number = HeaderOf(first, NumberHeader);
            string count = HeaderOf(first, PartsHeader);
            if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int parts) || parts < 1)
            {
                throw new FormatException($"The header '{PartsHeader}' of {where} is '{count}', which is no number of parts.");
            }

            using var bytes = new MemoryStream();
            for (int i = 0; i < parts; i++)
            {
                if (!records.TryGetValue(PartKey(i), out Message<string, byte[]>? part) || HeaderOf(part, NumberHeader) != number)
                {
                    throw new FormatException(FormattableString.Invariant($"Part {i} of checkpoint {number} in {where} is missing, or is of another checkpoint."));
                }

                bytes.Write(part.Value);
            }

            return CheckpointBytes.Read(bytes.ToArray(), where);
        }
        catch (FormatException e)
        {
            throw new CheckpointException($"The checkpoint is not valid: {e.Message} To learn from the start, choose another name, or write a record without a value (a tombstone) for each key of this one.", e) { Location = topic, Topic = topic };
        }
    }

    private static string HeaderOf(Message<string, byte[]> record, string header) =>
        record.Headers.TryGetLastBytes(header, out byte[]? value) && value is not null ? Encoding.UTF8.GetString(value) : throw new FormatException($"The record of key '{record.Key}' has no header '{header}'.");

    private static ILogger LoggerOf(KafkaDatasetOptions options) => options.LoggerFactory?.CreateLogger(Instruments.Name) ?? NullLogger.Instance;

    private IProducer<string, byte[]> CreateProducer()
    {
        var settings = new Dictionary<string, string>();
        IEnumerable<KeyValuePair<string, string>> all =
        [
            .. SilenceLimits.Properties(cluster.Timeout),
            new("linger.ms", "0"),
            .. ClientProperties.PassedOn(cluster.ClientConfig).Where(p => !p.Key.StartsWith("fetch.", StringComparison.Ordinal) && !p.Key.StartsWith("group.", StringComparison.Ordinal) && p.Key is not ("session.timeout.ms" or "partition.assignment.strategy" or "max.poll.interval.ms" or "heartbeat.interval.ms")),
            new("bootstrap.servers", cluster.BootstrapServers),
            new("acks", "all"),
            new("enable.idempotence", "true"),
            new("transactional.id", $"kafkadatasets/{topic}/{name}"), // no topic's name has a slash
            new("allow.auto.create.topics", "false"),
        ];
        foreach ((string key, string value) in all)
        {
            settings[key] = value;
        }

        try
        {
            ProducerBuilder<string, byte[]> builder = new ProducerBuilder<string, byte[]>(settings).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { });
            if (cluster.OAuthBearerTokenProvider is { } provider)
            {
                var tokens = new TokenRefresh(provider, cluster.Timeout, cluster.TimeProvider);
                builder.SetOAuthBearerTokenRefreshHandler((c, _) => tokens.Refresh(c));
            }

            return builder.Build();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw ConsumerSettings.Refused(e);
        }
    }

    private sealed class Writer(TopicCheckpoints owner, string topic, IProducer<string, byte[]> producer) : ICheckpointWriter
    {
        private const string Rights = "WRITE on the topic and on the transactional id, READ on the group";

        private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

        /// <summary>How long a failure waits at most for what the brokers say of the topic.</summary>
        private static readonly TimeSpan MostAsked = TimeSpan.FromSeconds(10);

        private volatile Error? _refused;
        private TimeSpan _timeout;
        private TimeProvider _time = TimeProvider.System;

        public LearningCheckpoint? Latest { get; set; }

        public void Begin(KafkaDatasetOptions options)
        {
            _timeout = options.Timeout;
            _time = options.TimeProvider;
            try
            {
                producer.InitTransactions(_timeout);
            }
            catch (KafkaException e)
            {
                throw ClientErrors.ToException(e.Error, owner.Doing, topic, Rights, cause: e);
            }
        }

        public async Task EnsureTopicAsync(KafkaDatasetOptions options, CancellationToken cancellationToken)
        {
            var writing = new KafkaWriterOptions
            {
                BootstrapServers = options.BootstrapServers,
                Partitions = 1,
                TopicConfig = new Dictionary<string, string> { ["cleanup.policy"] = "compact" },
                Timeout = options.Timeout,
                TimeProvider = options.TimeProvider,
            };
            ILogger logger = LoggerOf(options);
            IAdminClient admin = new DependentAdminClientBuilder(producer.Handle).Build();
            var setup = new TopicSetup(admin, new ClientHealth(logger, options.TimeProvider), topic, writing, logger);
            try
            {
                await setup.EnsureAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                await setup.Pending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // closing a client during a request crashes the process
                admin.Dispose();
            }
        }

        public Task WriteAsync(LearningCheckpoint checkpoint, byte[] journal, Func<IConsumerGroupMetadata?> membership, CancellationToken cancellationToken) =>
            Task.Run(() => WriteAsync(checkpoint, CheckpointBytes.Write(checkpoint), journal, membership), cancellationToken);

        public ValueTask DisposeAsync() => new(Task.Run(producer.Dispose));

        private async Task WriteAsync(LearningCheckpoint checkpoint, byte[] bytes, byte[] journal, Func<IConsumerGroupMetadata?> membership)
        {
            long since = _time.GetTimestamp();
            while (true)
            {
                try
                {
                    Write(checkpoint, bytes, journal, membership());
                    return;
                }
                catch (KafkaTxnRequiresAbortException e)
                {
                    // For example, because the group's generation has changed.
                    await AbortAsync(checkpoint).ConfigureAwait(false);
                    if (_refused is { } refused)
                    {
                        throw await FailedAsync(checkpoint, new KafkaException(refused, e)).ConfigureAwait(false); // and would be again
                    }

                    if (_time.GetElapsedTime(since) > _timeout)
                    {
                        throw await FailedAsync(checkpoint, e).ConfigureAwait(false);
                    }
                }
                catch (KafkaRetriableException e)
                {
                    if (_time.GetElapsedTime(since) > _timeout)
                    {
                        throw await FailedAsync(checkpoint, e).ConfigureAwait(false);
                    }

                    await AbortAsync(checkpoint).ConfigureAwait(false);
                }
                catch (KafkaException e)
                {
                    throw await FailedAsync(checkpoint, e).ConfigureAwait(false);
                }

                await Task.Delay(Pause, _time).ConfigureAwait(false);
            }
        }

        private void Write(LearningCheckpoint checkpoint, byte[] bytes, byte[] journal, IConsumerGroupMetadata? membership)
        {
            _refused = null;
            producer.BeginTransaction();
            byte[] number = Encoding.UTF8.GetBytes(checkpoint.Number.ToString(CultureInfo.InvariantCulture));
            int parts = (bytes.Length + PartBytes - 1) / PartBytes;
            byte[] count = Encoding.UTF8.GetBytes(parts.ToString(CultureInfo.InvariantCulture));
            for (int i = 0; i < parts; i++)
            {
                int part = i;
                Produce(owner.PartKey(i), bytes.AsSpan(i * PartBytes, Math.Min(PartBytes, bytes.Length - (i * PartBytes))).ToArray(), report =>
                {
                    if (part == 0)
                    {
                        checkpoint.Location = string.Create(CultureInfo.InvariantCulture, $"{topic}[0]@{report.Offset.Value}");
                    }
                });
            }

            Produce(owner.JournalKey(checkpoint.Number), journal, null);
            if (membership is not null)
            {
                producer.SendOffsetsToTransaction(checkpoint.Positions.Select(p => new TopicPartitionOffset(checkpoint.Topic, p.Key, p.Value)), membership, _timeout);
            }

            producer.CommitTransaction(_timeout);

            void Produce(string key, byte[] value, Action<DeliveryReport<string, byte[]>>? delivered) => producer.Produce(
                new TopicPartition(topic, 0),
                new Message<string, byte[]> { Key = key, Value = value, Headers = [new Header(NumberHeader, number), new Header(PartsHeader, count)] },
                report =>
                {
                    if (report.Error.IsError && ClientErrors.IsPermanent(report.Error))
                    {
                        _refused ??= report.Error;
                    }

                    delivered?.Invoke(report);
                });
        }

        private async Task AbortAsync(LearningCheckpoint checkpoint)
        {
            try
            {
                producer.AbortTransaction(_timeout);
            }
            catch (KafkaException e)
            {
                throw await FailedAsync(checkpoint, e).ConfigureAwait(false);
            }
        }

        private async Task<CheckpointException> FailedAsync(LearningCheckpoint checkpoint, KafkaException e)
        {
            bool isFenced = e.Error.Code is ErrorCode.Local_Fenced or ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch;
            const string goOn = "The one before it is still valid: start again, which learns the rows since then again.";
            string why = isFenced ? $"a newer learner with the name '{owner.Name}' has taken over. {goOn}"
                : await IsMissingAsync().ConfigureAwait(false) ? "the topic does not exist any more, or may not be described with these credentials. If it was deleted, its checkpoints are gone: start again, which creates it and learns from the start."
                : $"{ClientErrors.Describe(e.Error, Rights).TrimEnd('.')}. {goOn}";
            return new CheckpointException(
                FormattableString.Invariant($"Checkpoint {checkpoint.Number} of topic '{checkpoint.Topic}' could not be written to topic '{topic}': {why}"), e)
            {
                Location = topic,
                Topic = checkpoint.Topic,
            };
        }

        private async Task<bool> IsMissingAsync()
        {
            using IAdminClient admin = new DependentAdminClientBuilder(producer.Handle).Build();
            try
            {
                await TopicDescriber.GetPartitionsAsync(admin, topic, _timeout < MostAsked ? _timeout : MostAsked).ConfigureAwait(false);
                return false;
            }
            catch (KafkaException e)
            {
                return ClientErrors.IsUnknownTopic(e.Error);
            }
        }
    }

    private string Name => name;
}
