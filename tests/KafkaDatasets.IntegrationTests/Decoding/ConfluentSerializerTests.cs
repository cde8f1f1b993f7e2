using Avro;
using Avro.Generic;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using Confluent.SchemaRegistry.Serdes;
using KafkaDatasets.IntegrationTests.Cluster;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Decoding;

/// <summary>What Confluent's <see cref="AvroSerializer{T}"/> writes now, through a real broker, with the schema's id before the value or its GUID in a header.</summary>
public sealed class ConfluentSerializerTests(SharedKafka shared)
{
    private const int Count = 500;

    private static readonly RecordSchema Payment = (RecordSchema)Avro.Schema.Parse(
        """
        {"type":"record","name":"Payment","fields":[
        {"name":"fraud","type":"boolean"},
        {"name":"tags","type":{"type":"array","items":"string"}},
        {"name":"amount","type":"double"},
        {"name":"items","type":["null","int"]},
        {"name":"country","type":"string"},
        {"name":"card","type":{"type":"enum","name":"Card","symbols":["NONE","DEBIT","CREDIT"]}},
        {"name":"account","type":"long"}]}
        """);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FetchEngine.Consumer)]
    [InlineData(FetchEngine.Direct)]
    public async Task Id_before_the_value(FetchEngine engine) =>
        await CheckAsync(await shared.SchemaRegistryUrlAsync(), SchemaIdSerializerStrategy.Prefix, engine);

    [Theory]
    [InlineData(FetchEngine.Consumer)]
    [InlineData(FetchEngine.Direct)]
    public async Task Guid_in_a_header(FetchEngine engine)
    {
        using EmbeddedKafka embedded = EmbeddedKafka.Start(); // a registry with GUIDs
        await CheckAsync(embedded.SchemaRegistryUrl, SchemaIdSerializerStrategy.Header, engine);
    }

    private async Task CheckAsync(string registryUrl, SchemaIdSerializerStrategy strategy, FetchEngine engine)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync();
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = registryUrl });
        using (IProducer<Null, GenericRecord> producer = new ProducerBuilder<Null, GenericRecord>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers, LingerMs = 5 })
            .SetValueSerializer(new AvroSerializer<GenericRecord>(registry, new AvroSerializerConfig { SchemaIdStrategy = strategy }))
            .Build())
        {
            await Task.WhenAll(Enumerable.Range(0, Count).Select(i => producer.ProduceAsync(topic, new Message<Null, GenericRecord> { Value = Record(i) }, Cancelled)));
        }

        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(
            topic,
            new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry, Label = LabelColumn.Binary("fraud"), Engine = engine },
            Cancelled);
        IDataView view = dataset.ToDataView(new MLContext(seed: 1));

        Assert.Equal(["amount", "items", "account"], dataset.Features);
        long[] accounts = [.. view.GetColumn<long>("account")];
        Assert.Equal(Enumerable.Range(0, Count).Select(i => (long)i << 33).Order(), accounts.Order());
        Assert.Equal(accounts.Select(a => (a >> 33) % 3 == 0), view.GetColumn<bool>("Label"));
        Assert.Equal(accounts.Select(a => (a >> 33) / 7.0), view.GetColumn<double>("amount"));
        Assert.Equal(accounts.Select(a => (a >> 33) % 5 == 0 ? double.NaN : a >> 33), view.GetColumn<double>("items"));
        Assert.Equal(accounts.Select(a => $"Ö{a >> 33}"), view.GetColumn<string>("country"));
        Assert.Equal(accounts.Select(a => (uint)((a >> 33) % 3) + 1), view.GetColumn<uint>("card"));
        Assert.Equal(accounts.Select(a => (int)((a >> 33) % 4)), view.GetColumn<VBuffer<ReadOnlyMemory<char>>>("tags").Select(t => t.DenseValues().Count(tag => tag.Span is "tag")));
    }

    private static GenericRecord Record(int number)
    {
        var record = new GenericRecord(Payment);
        record.Add("fraud", number % 3 == 0);
        record.Add("tags", Enumerable.Repeat("tag", number % 4).ToArray());
        record.Add("amount", number / 7.0);
        record.Add("items", number % 5 == 0 ? null : number);
        record.Add("country", $"Ö{number}");
        record.Add("card", new GenericEnum((EnumSchema)Payment["card"].Schema, ((string[])["NONE", "DEBIT", "CREDIT"])[number % 3]));
        record.Add("account", (long)number << 33);
        return record;
    }
}
