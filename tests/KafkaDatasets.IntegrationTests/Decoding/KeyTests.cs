using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;
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

/// <summary>Keys written to a real broker, with their schemas in a registry, are read back with the values that they stand beside.</summary>
public sealed class KeyTests(SharedKafka shared)
{
    private const int Count = 500;

    private static readonly RecordSchema Account = (RecordSchema)Avro.Schema.Parse(
        """{"type":"record","name":"Account","fields":[{"name":"number","type":"long"},{"name":"owner","type":{"type":"record","name":"Owner","fields":[{"name":"name","type":["null","string"]}]}}]}""");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SchemaIdSerializerStrategy.Prefix, FetchEngine.Consumer)]
    [InlineData(SchemaIdSerializerStrategy.Prefix, FetchEngine.Direct)]
    [InlineData(SchemaIdSerializerStrategy.Header, FetchEngine.Consumer)]
    [InlineData(SchemaIdSerializerStrategy.Header, FetchEngine.Direct)]
    public async Task Avro_of_Confluents_serializer(SchemaIdSerializerStrategy strategy, FetchEngine engine)
    {
        using EmbeddedKafka embedded = EmbeddedKafka.Start(); // a registry with GUIDs
        string url = strategy == SchemaIdSerializerStrategy.Header ? embedded.SchemaRegistryUrl : await shared.SchemaRegistryUrlAsync();
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = url });
        await CheckAsync(engine, registry, ("Key.number", "Key.owner.name"), topic =>
        {
            var serializer = new AvroSerializer<GenericRecord>(registry, new AvroSerializerConfig { SchemaIdStrategy = strategy });
            return (i, headers) => serializer.SerializeAsync(AvroKey(i), new SerializationContext(MessageComponentType.Key, topic, headers));
        });
    }

    [Theory]
    [MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task JSON_of_Confluents_serializer(FetchEngine engine)
    {
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = await shared.SchemaRegistryUrlAsync() });
        await CheckAsync(engine, registry, ("Key.Number", "Key.Owner.Name"), topic =>
        {
            var serializer = new JsonSerializer<JsonKey>(registry);
            return (i, headers) => serializer.SerializeAsync(new JsonKey { Number = Number(i), Owner = new JsonOwner { Name = Name(i) } }, new SerializationContext(MessageComponentType.Key, topic, headers));
        });
    }

    [Theory]
    [MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Protobuf(FetchEngine engine)
    {
        const string Schema = """
            syntax = "proto3";
            message Other { string x = 1; }
            message Account { message Owner { optional string name = 1; } int64 number = 1; Owner owner = 2; }
            """;
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = await shared.SchemaRegistryUrlAsync() });
        await CheckAsync(engine, registry, ("Key.number", "Key.owner.name"), topic =>
        {
            int id = registry.RegisterSchemaAsync($"{topic}-key", new Confluent.SchemaRegistry.Schema(Schema, SchemaType.Protobuf)).GetAwaiter().GetResult();
            return (i, _) =>
            {
                byte[] name = Name(i) is { } text ? Encoding.UTF8.GetBytes(text) : [];
                byte[] owner = Name(i) is null ? [] : [0x0a, (byte)name.Length, .. name];
                return Task.FromResult((byte[])[0, (byte)(id >> 24), (byte)(id >> 16), (byte)(id >> 8), (byte)id, 2, 2, 0x08, .. Varint((ulong)Number(i)), 0x12, (byte)owner.Length, .. owner]);
            };
        });
    }

    public static TheoryData<FetchEngine, WriteFormat?> Written => [..
        from engine in (FetchEngine[])[FetchEngine.Consumer, FetchEngine.Direct]
        from format in (WriteFormat?[])[null, WriteFormat.Avro, WriteFormat.Json, WriteFormat.Protobuf]
        select (engine, format)];

    /// <summary>The keys that this library's writer writes: one field as text, or as a record.</summary>
    [Theory]
    [MemberData(nameof(Written))]
    public async Task Of_the_writer(FetchEngine engine, WriteFormat? format)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = await shared.SchemaRegistryUrlAsync() });
        string topic = $"kafkadatasets-test-{Guid.NewGuid():N}";
        var ml = new MLContext(1);
        IDataView view = ml.Data.LoadFromEnumerable(Enumerable.Range(0, Count).Select(i => new { Number = Number(i), X = i / 3f }));
        ml.Data.SaveToKafka(view, topic, new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry, Key = "Number", KeyFormat = format, Partitions = 3 }, Cancelled);
        IDataView back = ml.Data.LoadFromKafka(topic, new KafkaDatasetOptions
        {
            BootstrapServers = kafka.BootstrapServers,
            SchemaRegistry = registry,
            KeyFormat = format is null ? RecordFormat.Csv([new DatasetColumn("Number", ColumnType.Int64)]) : RecordFormat.Registry,
            Engine = engine,
        });
        long[] keys = [.. back.GetColumn<long>("Key.Number")];
        Assert.Equal(Enumerable.Range(0, Count).Select(Number).Order(), keys.Order());
        Assert.Equal(keys, back.GetColumn<long>("Number"));
    }

    private async Task CheckAsync(FetchEngine engine, ISchemaRegistryClient registry, (string Number, string Name) columns, Func<string, Func<int, Headers, Task<byte[]>>> writer)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync();
        Func<int, Headers, Task<byte[]>> write = writer(topic);
        using (IProducer<byte[], byte[]> producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers, LingerMs = 5 }).Build())
        {
            var sent = new List<Task>();
            for (int i = 0; i < Count; i++)
            {
                var headers = new Headers();
                byte[] key = await write(i, headers);
                sent.Add(producer.ProduceAsync(topic, new Message<byte[], byte[]> { Key = key, Value = Encoding.UTF8.GetBytes(i.ToString(CultureInfo.InvariantCulture)), Headers = headers }, Cancelled));
            }

            await Task.WhenAll(sent);
        }

        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(
            topic,
            new KafkaDatasetOptions
            {
                BootstrapServers = kafka.BootstrapServers,
                SchemaRegistry = registry,
                Format = RecordFormat.Csv([new DatasetColumn("i", ColumnType.Int32)]),
                KeyFormat = RecordFormat.Registry,
                Engine = engine,
            },
            Cancelled);
        IDataView view = dataset.ToDataView(new MLContext(seed: 1));
        int[] rows = [.. view.GetColumn<int>("i")];
        Assert.Equal(Enumerable.Range(0, Count), rows.Order());
        Assert.Equal(rows.Select(Number), view.GetColumn<long>(columns.Number));
        Assert.Equal(rows.Select(i => Name(i) ?? ""), view.GetColumn<string>(columns.Name));
    }

    private static long Number(int i) => ((long)i << 33) + 1;

    private static string? Name(int i) => i % 5 == 0 ? null : $"Ö{i}";

    private static GenericRecord AvroKey(int i)
    {
        var owner = new GenericRecord((RecordSchema)Account["owner"].Schema);
        owner.Add("name", Name(i));
        var record = new GenericRecord(Account);
        record.Add("number", Number(i));
        record.Add("owner", owner);
        return record;
    }

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value > 0x7f; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)value];
    }

    public sealed class JsonKey
    {
        [Required]
        public long Number { get; set; }

        public JsonOwner? Owner { get; set; }
    }

    public sealed class JsonOwner
    {
        public string? Name { get; set; }
    }
}
