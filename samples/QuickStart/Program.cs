using Confluent.SchemaRegistry;
using KafkaDatasets;
using Microsoft.ML;

// A broker and a schema registry inside this process. With a cluster of your own, use its addresses instead.
using EmbeddedKafka kafka = EmbeddedKafka.Start();
using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = kafka.SchemaRegistryUrl });

// Write a topic (or use one that you have). Expensive items are often fraud, but never surely.
await using (var writer = await KafkaRecordWriter<Payment>.OpenAsync("payments", new KafkaWriterOptions
{
    BootstrapServers = kafka.BootstrapServers,
    SchemaRegistry = registry,
    Partitions = 6,
}))
{
    var random = new Random(1);
    for (int i = 0; i < 10_000; i++)
    {
        float amount = 1000 * random.NextSingle();
        int items = random.Next(1, 10);
        double risk = 1 / (1 + Math.Exp(-(amount / items - 150) / 50));
        await writer.WriteAsync(new Payment(amount, items, IsFraud: random.NextDouble() < risk));
    }

    await writer.FlushAsync();
}

// Train a model from the topic.
var ml = new MLContext(seed: 1);
var options = new KafkaDatasetOptions
{
    BootstrapServers = kafka.BootstrapServers,
    SchemaRegistry = registry,
    Label = LabelColumn.Binary("IsFraud"),
    Features = ["Amount", "Items"],   // Name them: by default they are in the order of the schema, which may change.
};
IDataView payments = KafkaDataView.FromTopic(ml, "payments", options);

var split = ml.Data.TrainTestSplit(payments, testFraction: 0.2);
var model = ml.BinaryClassification.Trainers.FastTree().Fit(split.TrainSet);
var metrics = ml.BinaryClassification.Evaluate(model.Transform(split.TestSet));
Console.WriteLine($"AUC {metrics.AreaUnderRocCurve:F3}");

public sealed record Payment(float Amount, int Items, bool IsFraud);
