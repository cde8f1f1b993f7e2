// Scores a topic with a model and writes the scores to another topic, each under the key of the record that it belongs to.
using Confluent.SchemaRegistry;
using KafkaDatasets;
using Microsoft.ML;

using EmbeddedKafka kafka = EmbeddedKafka.Start();
using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = kafka.SchemaRegistryUrl });
await WriteAsync();

var ml = new MLContext(seed: 1);
IDataView orders = ml.Data.LoadFromKafka("orders", new KafkaDatasetOptions
{
    BootstrapServers = kafka.BootstrapServers,
    SchemaRegistry = registry,
    Label = LabelColumn.Binary("Returned"),
    Features = ["Price", "Discount"],
});

// Train, and keep of the scored rows what readers of the scores need.
var pipeline = ml.BinaryClassification.Trainers.LbfgsLogisticRegression()
    .Append(ml.Transforms.SelectColumns("Id", "Probability", "PredictedLabel"));
IDataView scores = pipeline.Fit(orders).Transform(orders);

// One call writes every row, and returns when the brokers have acknowledged the last one.
ml.Data.SaveToKafka(scores, "orders.scored", new KafkaWriterOptions
{
    BootstrapServers = kafka.BootstrapServers,
    SchemaRegistry = registry,
    Key = "Id",
});

// What was written is a topic like any other.
IDataView read = ml.Data.LoadFromKafka("orders.scored", new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry });
Scored[] written = [.. ml.Data.CreateEnumerable<Scored>(read, reuseRowObject: false)];
Console.WriteLine($"{written.Length} scores, of which {written.Count(s => s.PredictedLabel)} say that the order will be returned");
foreach (Scored score in written.Take(3))
{
    Console.WriteLine($"{score.Id}: {score.Probability:F3}");
}

async Task WriteAsync()
{
    await using var writer = await KafkaRecordWriter<Order>.OpenAsync("orders", new KafkaWriterOptions
    {
        BootstrapServers = kafka.BootstrapServers,
        SchemaRegistry = registry,
        Partitions = 3,
        Key = "Id",
    });
    var random = new Random(1);
    for (int i = 0; i < 5_000; i++)
    {
        float price = 100 * random.NextSingle(), discount = random.NextSingle() / 2;
        bool returned = random.NextDouble() < 1 / (1 + Math.Exp(4 * discount - price / 40));
        await writer.WriteAsync(new Order($"order-{i}", price, discount, returned));
    }

    await writer.FlushAsync();
}

internal sealed record Order(string Id, float Price, float Discount, bool Returned);

internal sealed class Scored
{
    public string Id { get; set; } = "";

    public float Probability { get; set; }

    public bool PredictedLabel { get; set; }
}
