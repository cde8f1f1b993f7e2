using Avro.Generic;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using Confluent.SchemaRegistry.Serdes;
using Xunit;

namespace KafkaDatasets.Tests.Writing;

/// <summary>Reads a topic of an embedded Kafka with Confluent's consumer and deserializer.</summary>
internal static class Witness
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static ISchemaRegistryClient Registry(this EmbeddedKafka kafka) => new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = kafka.SchemaRegistryUrl });

    /// <summary>The values of each partition, in the order of their offsets.</summary>
    public static List<byte[]>[] Values(this EmbeddedKafka kafka, string topic) => [.. kafka.Messages(topic).Select(partition => partition.ConvertAll(m => m.Value))];

    /// <summary>The records of each partition, in the order of their offsets.</summary>
    public static List<Message<byte[]?, byte[]>>[] Messages(this EmbeddedKafka kafka, string topic)
    {
        var config = new ConsumerConfig { BootstrapServers = kafka.BootstrapServers, GroupId = "witness", EnablePartitionEof = true, EnableAutoCommit = false, FetchWaitMaxMs = 10 };
        using IConsumer<byte[]?, byte[]> consumer = new ConsumerBuilder<byte[]?, byte[]>(config).SetLogHandler((_, _) => { }).Build();
        using IAdminClient admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        int partitions = admin.GetMetadata(topic, Deadline).Topics.Single().Partitions.Count;
        List<Message<byte[]?, byte[]>>[] messages = [.. Enumerable.Range(0, partitions).Select(_ => new List<Message<byte[]?, byte[]>>())];
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        for (int ended = 0; ended < partitions;)
        {
            ConsumeResult<byte[]?, byte[]>? result = consumer.Consume(Deadline);
            Assert.NotNull(result);
            if (result.IsPartitionEOF)
            {
                ended++;
            }
            else
            {
                messages[result.Partition.Value].Add(result.Message);
            }
        }

        return messages;
    }

    public static async Task<GenericRecord[]> RecordsAsync(this EmbeddedKafka kafka, string topic)
    {
        using ISchemaRegistryClient registry = kafka.Registry();
        var deserializer = new AvroDeserializer<GenericRecord>(registry);
        var records = new List<GenericRecord>();
        foreach (byte[] value in kafka.Values(topic).SelectMany(v => v))
        {
            records.Add(await deserializer.DeserializeAsync(value, isNull: false, new SerializationContext(MessageComponentType.Value, topic)));
        }

        return [.. records];
    }
}
