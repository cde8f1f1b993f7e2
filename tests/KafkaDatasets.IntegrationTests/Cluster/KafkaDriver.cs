using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KafkaDatasets.IntegrationTests.Cluster;

/// <summary>What tests do to a broker, all with Confluent.Kafka: topics, records, transactions, and reading as the independent witness.</summary>
internal sealed class KafkaDriver : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly bool _deletesTopics;
    private readonly List<string> _topics = [];

    /// <param name="bootstrapServers">Host and port of the brokers.</param>
    /// <param name="clientConfig">Further client settings, for example of a secured listener.</param>
    /// <param name="deletesTopics">Whether to delete the topics made here in the end.</param>
    public KafkaDriver(string bootstrapServers, IReadOnlyDictionary<string, string>? clientConfig = null, bool deletesTopics = false)
    {
        _deletesTopics = deletesTopics;
        BootstrapServers = bootstrapServers;
        ClientConfig = clientConfig ?? new Dictionary<string, string>();
        Admin = new AdminClientBuilder(Configure(new AdminClientConfig())).SetLogHandler((_, _) => { }).Build();
    }

    public string BootstrapServers { get; }

    public IReadOnlyDictionary<string, string> ClientConfig { get; }

    public IAdminClient Admin { get; }

    /// <summary>The cluster, where the tests have started it.</summary>
    public KafkaCluster? Cluster { get; init; }

    /// <summary>Where the first node keeps its partitions, where the tests have started it.</summary>
    public string? LogDirectory => Cluster?.Nodes[0].LogDirectory;

    /// <summary>Makes a topic with a name that no other test uses, and waits until every partition has a leader.</summary>
    public async Task<string> CreateTopicAsync(int partitions = 1, IReadOnlyDictionary<string, string>? config = null, short replicationFactor = 1, string? name = null)
    {
        name ??= $"kafkadatasets-test-{Guid.NewGuid():N}";
        lock (_topics)
        {
            _topics.Add(name);
        }

        await Admin.CreateTopicsAsync(
        [
            new TopicSpecification { Name = name, NumPartitions = partitions, ReplicationFactor = replicationFactor, Configs = config?.ToDictionary() },
        ]);
        await Until.TrueAsync(
            () =>
            {
                TopicMetadata? topic = Admin.GetMetadata(name, Patience).Topics.SingleOrDefault();
                return Task.FromResult(topic?.Partitions.Count == partitions && topic.Partitions.TrueForAll(p => p.Leader >= 0));
            },
            Patience,
            () => $"topic {name} has no leaders",
            CancellationToken.None);
        return name;
    }

    public Task DeleteTopicAsync(string topic) => Admin.DeleteTopicsAsync([topic]);

    /// <summary>Deletes the records of a partition below an offset.</summary>
    /// <remarks>
    /// Confluent.Kafka 2.16 never answers where a broker that did not know of the topic yet was the last that its client asked about it
    /// (it takes the answer's <c>TaskCompletionSource</c> for one of another type). So one is asked anew, and the deletion again where need be: it deletes nothing more.
    /// </remarks>
    public Task DeleteRecordsAsync(string topic, int partition, long before) => Until.TrueAsync(
        async () =>
        {
            Admin.GetMetadata(topic, Patience);
            Task answer = Admin.DeleteRecordsAsync([new TopicPartitionOffset(topic, partition, before)]);
            if (await Task.WhenAny(answer, Task.Delay(TimeSpan.FromSeconds(5))) != answer)
            {
                return false;
            }

            await answer;
            return true;
        },
        Patience,
        () => $"records of {topic} [{partition}] before {before} are not deleted",
        CancellationToken.None);

    /// <summary>Writes values, each to its partition, in this order.</summary>
    public Task ProduceAsync(string topic, IEnumerable<(int Partition, byte[]? Value)> values, ProducerConfig? config = null) =>
        ProduceMessagesAsync(topic, values.Select(v => (v.Partition, new Message<byte[]?, byte[]?> { Value = v.Value })), config);

    /// <summary>Writes messages, each to its partition, in this order, and waits until all are acknowledged.</summary>
    public async Task ProduceMessagesAsync(string topic, IEnumerable<(int Partition, Message<byte[]?, byte[]?> Message)> messages, ProducerConfig? config = null)
    {
        using IProducer<byte[]?, byte[]?> producer = CreateProducer(config ?? new ProducerConfig { LingerMs = 5 });
        await Task.Run(() => Produce(producer, topic, messages));
    }

    /// <summary>Writes values in one transaction, committed or aborted.</summary>
    public async Task ProduceTransactionAsync(string topic, IEnumerable<(int Partition, byte[]? Value)> values, bool commit)
    {
        using IProducer<byte[]?, byte[]?> producer = CreateProducer(new ProducerConfig { TransactionalId = $"{topic}-{Guid.NewGuid():N}", LingerMs = 5 });
        await Task.Run(() =>
        {
            producer.InitTransactions(Patience);
            producer.BeginTransaction();
            Produce(producer, topic, values.Select(v => (v.Partition, new Message<byte[]?, byte[]?> { Value = v.Value })));
            if (commit)
            {
                producer.CommitTransaction(Patience);
            }
            else
            {
                producer.AbortTransaction(Patience);
            }
        });
    }

    public IProducer<byte[]?, byte[]?> CreateProducer(ProducerConfig config) =>
        new ProducerBuilder<byte[]?, byte[]?>(Configure(config))
            .SetKeySerializer(Serializers.ByteArray!)
            .SetValueSerializer(Serializers.ByteArray!)
            .SetLogHandler((_, _) => { })
            .Build();

    /// <summary>The records of a topic from its start to its end as Confluent.Kafka's consumer gives them, partition by partition in no set order.</summary>
    public IEnumerable<ConsumeResult<byte[]?, byte[]?>> Consume(string topic, IsolationLevel isolation = IsolationLevel.ReadCommitted)
    {
        List<PartitionMetadata> partitions = Admin.GetMetadata(topic, Patience).Topics.Single().Partitions;
        using IConsumer<byte[]?, byte[]?> consumer = new ConsumerBuilder<byte[]?, byte[]?>(Configure(new ConsumerConfig
        {
            GroupId = "witness",
            EnableAutoCommit = false,
            EnablePartitionEof = true,
            IsolationLevel = isolation,
        })).SetLogHandler((_, _) => { }).Build();
        consumer.Assign(partitions.Select(p => new TopicPartitionOffset(topic, p.PartitionId, Offset.Beginning)));
        for (int ended = 0; ended < partitions.Count;)
        {
            ConsumeResult<byte[]?, byte[]?> result = consumer.Consume(Patience) ?? throw new TimeoutException($"Confluent.Kafka's consumer waited {Patience} for topic {topic}.");
            if (result.IsPartitionEOF)
            {
                ended++;
            }
            else
            {
                yield return result;
            }
        }
    }

    public void Dispose()
    {
        if (_deletesTopics && _topics.Count > 0)
        {
            Admin.DeleteTopicsAsync(_topics).Wait(Patience);
        }

        Admin.Dispose();
    }

    private static void Produce(IProducer<byte[]?, byte[]?> producer, string topic, IEnumerable<(int Partition, Message<byte[]?, byte[]?> Message)> messages)
    {
        Error? failure = null;
        foreach ((int partition, Message<byte[]?, byte[]?> message) in messages)
        {
            while (true)
            {
                try
                {
                    producer.Produce(new TopicPartition(topic, partition), message, report => failure = report.Error.IsError ? report.Error : failure);
                    break;
                }
                catch (ProduceException<byte[]?, byte[]?> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
                {
                    producer.Poll(TimeSpan.FromMilliseconds(100));
                }
            }
        }

        producer.Flush(Patience);
        if (failure is not null)
        {
            throw new KafkaException(failure);
        }
    }

    private T Configure<T>(T config)
        where T : ClientConfig
    {
        config.BootstrapServers = BootstrapServers;
        config.LogConnectionClose = false;
        foreach ((string name, string value) in ClientConfig)
        {
            config.Set(name, value);
        }

        return config;
    }
}
