using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Confluent.Kafka;
using KafkaDatasets.Embedded;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Ranges;

namespace KafkaDatasets;

/// <summary>
/// Kafka brokers and a schema registry inside the process, for experiments and tests: they listen on free ports of the
/// loopback interface, start in milliseconds, and keep everything in memory until <see cref="Dispose"/>.
/// </summary>
/// <remarks>
/// <para>The brokers are the mock cluster of librdkafka, the native library under Confluent.Kafka. Confluent.Kafka's producers, consumers and admin clients
/// work with it unchanged, and so do consumer groups: members share the partitions, and a group continues at its committed offsets.</para>
/// <para>Limits: a partition holds <see cref="PartitionCapacityBytes"/> bytes and <see cref="PartitionCapacityBatches"/> record batches and drops its oldest
/// batches beyond that without an error (this library throws an exception instead, both when it writes and when it opens the topic). There are no offsets by timestamp and no security.
/// Topics are created by <see cref="CreateTopic"/>, not by an admin client; a missing topic that a producer writes to is created with 4 partitions.</para>
/// <para>Transactions commit their records, but with limits that a real broker does not have: a consumer reads the records of an aborted transaction like committed ones (this library refuses to open a range with records of any transaction), offsets sent
/// to a transaction are discarded, and a second producer with the same transactional id does not fence the first. Use a real broker to test exactly-once processing.</para>
/// <para>The registry has the REST API of Confluent's schema registry. It checks that schemas are valid, but not that they are compatible.</para>
/// </remarks>
/// <example>
/// <code>
/// using EmbeddedKafka kafka = EmbeddedKafka.Start();
/// using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = kafka.SchemaRegistryUrl });
/// kafka.CreateTopic("payments", partitions: 6);
/// </code>
/// </example>
public sealed class EmbeddedKafka : IDisposable
{
    /// <summary>The capacity of a partition in bytes of record batches, as compressed by the producer: 5 MiB.</summary>
    public const long PartitionCapacityBytes = 5 * 1024 * 1024;

    /// <summary>The capacity of a partition in record batches: 100,000.</summary>
    public const int PartitionCapacityBatches = 100_000;

    internal const int MaxPartitions = 10_000;

    private static readonly ConcurrentDictionary<string, EmbeddedKafka> Running = new(StringComparer.Ordinal);

    private readonly MockCluster _cluster;
    private readonly HttpServer _registry;
    private readonly LogQueries _queries;
    private readonly ConcurrentDictionary<TopicPartition, long> _deletedBefore = new();

    private EmbeddedKafka(EmbeddedKafkaOptions options)
    {
        _cluster = new MockCluster(options.Brokers);
        try
        {
            _registry = new HttpServer(new EmbeddedRegistry().Answer);
        }
        catch
        {
            _cluster.Dispose();
            throw;
        }

        BootstrapServers = _cluster.BootstrapServers;
        _queries = new LogQueries(BootstrapServers);
        foreach (string broker in Brokers(BootstrapServers))
        {
            Running[broker] = this;
        }
    }

    /// <summary>The host and port of each broker, separated by commas.</summary>
    public string BootstrapServers { get; }

    /// <summary>The URL of the schema registry.</summary>
    public string SchemaRegistryUrl => _registry.Url;

    /// <summary>Starts brokers and a schema registry on free ports of the loopback interface.</summary>
    /// <param name="options">The options; null starts one broker.</param>
    /// <returns>The running cluster; dispose it.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    /// <exception cref="KafkaDatasetException">No port or thread is available.</exception>
    /// <exception cref="DllNotFoundException">The librdkafka that Confluent.Kafka has loaded has no mock cluster.</exception>
    public static EmbeddedKafka Start(EmbeddedKafkaOptions? options = null)
    {
        options ??= new EmbeddedKafkaOptions();
        options.Validate();
        return new EmbeddedKafka(options);
    }

    /// <summary>Creates a topic.</summary>
    /// <param name="topic">The topic's name: 1 to 249 letters, digits, '.', '_' and '-'.</param>
    /// <param name="partitions">The number of partitions, 1 to 10,000.</param>
    /// <exception cref="ArgumentException">Kafka does not allow this name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of partitions is less than 1 or more than 10,000.</exception>
    /// <exception cref="KafkaDatasetException">The topic already exists.</exception>
    /// <exception cref="ObjectDisposedException">The cluster was disposed.</exception>
    public void CreateTopic(string topic, int partitions)
    {
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(partitions, MaxPartitions);
        if (TopicName.FaultOf(topic) is { } fault)
        {
            throw new ArgumentException($"The topic cannot be created: {fault}.", nameof(topic));
        }

        ThrowIfError(_cluster.CreateTopic(topic, partitions), topic);
    }

    /// <summary>Stops the brokers and the registry, and discards their topics and schemas. Further calls do nothing.</summary>
    public void Dispose()
    {
        foreach (string broker in Brokers(BootstrapServers))
        {
            Running.TryRemove(KeyValuePair.Create(broker, this));
        }

        _registry.Dispose();
        _cluster.Dispose();
    }

    /// <summary>Finds the running embedded cluster that some bootstrap servers belong to.</summary>
    internal static bool TryFind(string bootstrapServers, [NotNullWhen(true)] out EmbeddedKafka? kafka)
    {
        kafka = Brokers(bootstrapServers).Select(Running.GetValueOrDefault).FirstOrDefault(found => found is not null);
        return kafka is not null;
    }

    /// <summary>Says what is wrong with an option that finds offsets by timestamps: the embedded brokers answer every such question with the end of the log. Null for other brokers.</summary>
    internal static string? FaultOfTimestamps(string option, string bootstrapServers, string instead) =>
        TryFind(bootstrapServers, out _) ? $"{option} is by timestamps, which the embedded Kafka does not index: choose {instead}, or a real broker" : null;

    /// <summary>Verifies that every record ever written to a topic is still in the log.</summary>
    /// <remarks>The brokers drop batches without an error, but the partition's earliest offset then moves.</remarks>
    /// <exception cref="KafkaDatasetException">More was written to a partition than it holds.</exception>
    /// <exception cref="TopicNotFoundException">The topic does not exist.</exception>
    /// <exception cref="BrokerException">The brokers have stopped.</exception>
    internal async Task ThrowIfTruncatedAsync(string topic, CancellationToken cancellationToken)
    {
        foreach ((int partition, long offset) in await _queries.EarliestAsync(topic, cancellationToken).ConfigureAwait(false))
        {
            if (offset > _deletedBefore.GetValueOrDefault(new TopicPartition(topic, partition)))
            {
                throw new KafkaDatasetException(
                    $"Topic \"{topic}\", partition {partition}: more was written than the embedded Kafka holds, and the records before offset {offset} are gone. " +
                    $"A partition holds {PartitionCapacityBytes:N0} bytes as compressed and {PartitionCapacityBatches:N0} batches; write fewer rows, to more partitions, or to a real Kafka.")
                {
                    Topic = topic,
                    Partition = partition,
                    Offset = offset,
                };
            }
        }
    }

    /// <summary>Verifies that no record of a range belongs to a transaction: the brokers do not report whether it was aborted.</summary>
    /// <exception cref="KafkaDatasetException">A record belongs to a transaction.</exception>
    internal async Task ThrowIfTransactionalAsync(DatasetSnapshot snapshot, CancellationToken cancellationToken)
    {
        foreach ((int partition, BrokerEndpoint leader) in await _queries.LeadersAsync(snapshot.Topic, cancellationToken).ConfigureAwait(false))
        {
            foreach (PartitionRange range in snapshot.Partitions.Where(p => p.Partition == partition && p.Length > 0))
            {
                using var scan = new TransactionScan();
                await scan.ConnectAsync(leader.Host, leader.Port, cancellationToken).ConfigureAwait(false);
                if (await scan.FindAsync(snapshot.Topic, range, cancellationToken).ConfigureAwait(false) is { } offset)
                {
                    throw new KafkaDatasetException(
                        string.Create(CultureInfo.InvariantCulture, $"Topic '{snapshot.Topic}', partition {range.Partition}, offset {offset}: the record was written in a transaction, and the embedded Kafka does not tell committed transactions from aborted ones. Write without a transactional id, or use a real Kafka."))
                    {
                        Topic = snapshot.Topic,
                        Partition = range.Partition,
                        Offset = offset,
                    };
                }
            }
        }
    }

    internal void DeleteTopic(string topic)
    {
        ThrowIfError(_cluster.DeleteTopic(topic), topic);
        foreach (TopicPartition deleted in _deletedBefore.Keys.Where(deleted => deleted.Topic == topic))
        {
            _deletedBefore.TryRemove(deleted, out _);
        }
    }

    internal void DeleteRecords(string topic, int partition, long beforeOffset)
    {
        ThrowIfError(_cluster.DeleteRecords(topic, partition, beforeOffset), topic, partition);
        _deletedBefore[new TopicPartition(topic, partition)] = beforeOffset;
    }

    private static IEnumerable<string> Brokers(string bootstrapServers) =>
        bootstrapServers.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static void ThrowIfError(Confluent.Kafka.ErrorCode error, string topic, int? partition = null)
    {
        if (error != Confluent.Kafka.ErrorCode.NoError)
        {
            throw new KafkaDatasetException($"Topic \"{topic}\" of the embedded Kafka: {new Error(error).Reason}.") { Topic = topic, Partition = partition };
        }
    }
}
