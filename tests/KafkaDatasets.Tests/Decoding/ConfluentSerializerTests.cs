using System.ComponentModel.DataAnnotations;
using Avro.Generic;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using Confluent.SchemaRegistry.Serdes;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Formats.Avro;
using KafkaDatasets.Tests.Writing;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>What Confluent's serializers write with its own client and a registry over HTTP, the dataset reads.</summary>
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
                records.Add(new FakeRecord(records.Count, value) { Headers = Of(headers) });
            }

            var engine = new FakeEngine([FakePartition.Of(0, records)]) { Topic = topic };
            await using KafkaDataset dataset = await engine.OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry });
            List<object[]> rows = dataset.ToDataView(new MLContext()).Read([.. avro.Columns.Select(c => c.Name)]);
            Assert.Equal(data.Select(datum => dataset.Schema.Columns.Select(c => RandomAvro.Expected(datum, c)).ToArray()), rows);
        }
    }

    [Theory]
    [InlineData(SchemaIdSerializerStrategy.Prefix)]
    [InlineData(SchemaIdSerializerStrategy.Header)]
    public async Task Random_records_are_read_as_keys(SchemaIdSerializerStrategy strategy)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using ISchemaRegistryClient registry = kafka.Registry();
        var serializer = new AvroSerializer<GenericRecord>(registry, new AvroSerializerConfig { SchemaIdStrategy = strategy });
        for (int seed = 0; seed < 10; seed++)
        {
            var keys = new RandomAvro(seed);
            var values = new RandomAvro(seed + 100);
            string topic = $"t{seed}";
            (GenericRecord Key, GenericRecord Value)[] data = [.. Enumerable.Range(0, 5).Select(_ => (keys.NextDatum(), values.NextDatum()))];
            var records = new List<FakeRecord>();
            foreach ((GenericRecord key, GenericRecord value) in data)
            {
                var headers = new Headers();
                byte[] keyBytes = await serializer.SerializeAsync(key, new SerializationContext(MessageComponentType.Key, topic, headers));
                byte[] valueBytes = await serializer.SerializeAsync(value, new SerializationContext(MessageComponentType.Value, topic, headers));
                Assert.Equal(strategy == SchemaIdSerializerStrategy.Header ? ["__key_schema_id", "__value_schema_id"] : [], headers.Select(h => h.Key));
                records.Add(new FakeRecord(records.Count, valueBytes) { Key = keyBytes, Headers = Of(headers) });
            }

            var engine = new FakeEngine([FakePartition.Of(0, records)]) { Topic = topic };
            await using KafkaDataset dataset = await engine.OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry, KeyFormat = RecordFormat.Registry });
            string[] columns = [.. dataset.Schema.Columns.Select(c => c.Name)];
            Assert.Equal([.. keys.Columns.Select(c => $"Key.{c.Name}"), .. values.Columns.Select(c => c.Name)], columns);
            Assert.Equal(
                data.Select(d => dataset.Schema.Columns.Select(c => c.Name.StartsWith("Key.", StringComparison.Ordinal) ? RandomAvro.Expected(d.Key, c with { Name = c.Name[4..] }) : RandomAvro.Expected(d.Value, c)).ToArray()),
                dataset.ToDataView(new MLContext()).Read(columns));
        }
    }

    [Theory]
    [InlineData(SchemaIdSerializerStrategy.Prefix)]
    [InlineData(SchemaIdSerializerStrategy.Header)]
    public async Task Objects_and_texts_of_JSON_are_read_as_keys(SchemaIdSerializerStrategy strategy)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using ISchemaRegistryClient registry = kafka.Registry();
        var config = new JsonSerializerConfig { SchemaIdStrategy = strategy };
        var objects = new JsonSerializer<Account>(registry, config);
        var texts = new JsonSerializer<string>(registry, config);
        var headers = new Headers();
        byte[] account = await objects.SerializeAsync(new Account { Number = 1L << 40, Owner = new Person { Name = "Ö" } }, new SerializationContext(MessageComponentType.Key, "t", headers));
        await using KafkaDataset dataset = await OpenAsync("t", account, headers);
        Assert.Equal([[1L << 40, "Ö", 1f]], dataset.ToDataView(new MLContext()).Read("Key.Number", "Key.Owner.Name", "x"));

        headers = [];
        byte[] text = await texts.SerializeAsync("one \"text\"", new SerializationContext(MessageComponentType.Key, "u", headers));
        await using KafkaDataset named = await OpenAsync("u", text, headers);
        Assert.Equal([["one \"text\"", 1f]], named.ToDataView(new MLContext()).Read("Key", "x"));

        Task<KafkaDataset> OpenAsync(string topic, byte[] key, Headers with) =>
            new FakeEngine([FakePartition.Of(0, [new FakeRecord(0, BitConverter.GetBytes(1f)) { Key = key, Headers = Of(with) }])]) { Topic = topic }
                .OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry, Format = RecordFormat.Float32(["x"]), KeyFormat = RecordFormat.Registry });
    }

    private static (string, byte[]?)[] Of(Headers headers) => [.. headers.Select(h => (h.Key, (byte[]?)h.GetValueBytes()))];

    public sealed class Account
    {
        [Required]
        public long Number { get; set; }

        public Person? Owner { get; set; }
    }

    public sealed class Person
    {
        public string Name { get; set; } = "";
    }
}
