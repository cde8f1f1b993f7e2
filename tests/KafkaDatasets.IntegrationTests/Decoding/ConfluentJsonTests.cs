using System.ComponentModel.DataAnnotations;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using Confluent.SchemaRegistry.Serdes;
using KafkaDatasets.IntegrationTests.Cluster;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Decoding;

/// <summary>What Confluent's <see cref="JsonSerializer{T}"/> writes of a class, with the schema that it makes and registers itself, through a real broker.</summary>
public sealed class ConfluentJsonTests(SharedKafka shared)
{
    private const int Count = 500;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FetchEngine.Consumer)]
    [InlineData(FetchEngine.Direct)]
    public async Task Objects_are_read_as_they_were(FetchEngine engine)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = await kafka.CreateTopicAsync();
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = await shared.SchemaRegistryUrlAsync() });
        using (IProducer<Null, Payment> producer = new ProducerBuilder<Null, Payment>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers, LingerMs = 5 })
            .SetValueSerializer(new JsonSerializer<Payment>(registry))
            .Build())
        {
            await Task.WhenAll(Enumerable.Range(0, Count).Select(i => producer.ProduceAsync(topic, new Message<Null, Payment> { Value = Payment.Of(i) }, Cancelled)));
        }

        var options = new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry, Label = LabelColumn.Binary("Fraud"), ExtraColumns = ["Weights.k"], Engine = engine };
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic, options, Cancelled);
        IDataView view = dataset.ToDataView(new MLContext(seed: 1));

        Payment[] payments = [.. view.GetColumn<long>("Account").Select(a => Payment.Of((int)(a >> 33)))];
        Assert.Equal(Enumerable.Range(0, Count), payments.Select(p => (int)(p.Account >> 33)).Order());
        Assert.Empty(dataset.Schema.Unreadable);
        Assert.Equal(payments.Select(p => p.Fraud), view.GetColumn<bool>("Label"));
        Assert.Equal(payments.Select(p => p.Amount), view.GetColumn<double>("Amount"));
        Assert.Equal(payments.Select(p => p.Rate), view.GetColumn<float>("Rate"));
        Assert.Equal(payments.Select(p => p.Items ?? double.NaN), view.GetColumn<double>("Items"));
        Assert.Equal(payments.Select(p => p.Country ?? ""), view.GetColumn<string>("Country"));
        Assert.Equal(payments.Select(p => new DateTimeOffset(p.At)), view.GetColumn<DateTimeOffset>("At"));
        Assert.Equal(payments.Select(p => p.History), view.GetColumn<double[]>("History"));
        Assert.Equal(payments.Select(p => p.Shop?.Distance ?? double.NaN), view.GetColumn<double>("Shop.Distance"));
        Assert.Equal(payments.Select(p => p.Weights.TryGetValue("k", out double weight) ? weight : double.NaN), view.GetColumn<double>("Weights.k"));
    }

    public sealed class Payment
    {
        [Required]
        public long Account { get; set; }

        [Required]
        public bool Fraud { get; set; }

        public double Amount { get; set; }

        public float Rate { get; set; }

        public int? Items { get; set; }

        public string? Country { get; set; }

        public DateTime At { get; set; }

        public double[] History { get; set; } = [];

        public Shop? Shop { get; set; }

        public Dictionary<string, double> Weights { get; set; } = [];

        public static Payment Of(int number) => new()
        {
            Account = (long)number << 33,
            Fraud = number % 3 == 0,
            Amount = number / 7.0,
            Rate = number / 11f,
            Items = number % 5 == 0 ? null : number,
            Country = number % 4 == 0 ? null : $"Ö\"{number}",
            At = DateTime.UnixEpoch.AddTicks(number * 1_234_567_891L),
            History = [.. Enumerable.Range(0, number % 4).Select(i => i / 3.0)],
            Shop = number % 6 == 0 ? null : new Shop { Distance = number / 13.0 },
            Weights = number % 2 == 0 ? new() { ["k"] = number / 17.0, ["other"] = 1 } : [],
        };
    }

    public sealed class Shop
    {
        public double Distance { get; set; }
    }
}
