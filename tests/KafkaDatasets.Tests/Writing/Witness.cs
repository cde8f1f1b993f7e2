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
    public static List<byte[]>[] Values(this EmbeddedKafka kafka, string topic)
    {
        var config = new ConsumerConfig { BootstrapServers = kafka.BootstrapServers, GroupId = "witness", EnablePartitionEof = true, EnableAutoCommit = false, FetchWaitMaxMs = 10 };
        using IConsumer<Ignore, byte[]> consumer = new ConsumerBuilder<Ignore, byte[]>(config).SetLogHandler((_, _) => { }).Build();
        using IAdminClient admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        int partitions = admin.GetMetadata(topic, Deadline).Topics.Single().Partitions.Count;
        List<byte[]>[] values = [.. Enumerable.Range(0, partitions).Select(_ => new List<byte[]>())];
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        for (int ended = 0; ended < partitions;)
        {
            ConsumeResult<Ignore, byte[]>? result = consumer.Consume(Deadline);
            Assert.NotNull(result);
            if (result.IsPartitionEOF)
            {
                ended++;
            }
            else
            {
                values[result.Partition.Value].Add(result.Message.Value);
            }
        }

        return values;
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
