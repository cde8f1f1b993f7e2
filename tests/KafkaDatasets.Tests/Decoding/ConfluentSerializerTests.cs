using Avro.Generic;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using Confluent.SchemaRegistry.Serdes;
using KafkaDatasets.Tests.Decoding.Avro;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.MLNet;
using KafkaDatasets.Tests.Writing;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>What Confluent's AvroSerializer writes with its own client and a registry over HTTP, the dataset reads.</summary>
public sealed class ConfluentSerializerTests
{
    [Theory]
    [InlineData(SchemaIdSerializerStrategy.Prefix)]
    [InlineData(SchemaIdSerializerStrategy.Header)]
    public async Task Random_records_are_read(SchemaIdSerializerStrategy strategy)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using ISchemaRegistryClient registry = kafka.Registry();
        var serializer = new AvroSerializer<GenericRecord>(registry, new AvroSerializerConfig { SchemaIdStrategy = strategy });
        for (int seed = 0; seed < 10; seed++)
        {
            var avro = new RandomAvro(seed);
            string topic = $"t{seed}";
            GenericRecord[] data = [.. Enumerable.Range(0, 5).Select(_ => avro.NextDatum())];
            var records = new List<FakeRecord>();
            foreach (GenericRecord datum in data)
            {
                var headers = new Headers();
                byte[] value = await serializer.SerializeAsync(datum, new SerializationContext(MessageComponentType.Value, topic, headers));
                Assert.Equal(strategy == SchemaIdSerializerStrategy.Header, headers.Count == 1);
                records.Add(new FakeRecord(records.Count, value) { Headers = [.. headers.Select(h => (h.Key, (byte[]?)h.GetValueBytes()))] });
            }

            var engine = new FakeEngine([FakePartition.Of(0, records)]) { Topic = topic };
            await using KafkaDataset dataset = await engine.OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry });
            List<object[]> rows = dataset.ToDataView(new MLContext()).Read([.. avro.Columns.Select(c => c.Name)]);
            Assert.Equal(data.Select(datum => dataset.Schema.Columns.Select(c => RandomAvro.Expected(datum, c)).ToArray()), rows);
        }
    }
}
