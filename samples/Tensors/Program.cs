// Trains a logistic regression of its own on batches of tensors that are read from a topic.
using System.Numerics.Tensors;
using Confluent.SchemaRegistry;
using KafkaDatasets;

using EmbeddedKafka kafka = EmbeddedKafka.Start();
using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = kafka.SchemaRegistryUrl });
await WriteAsync();

await using KafkaDataset dataset = await KafkaDataset.OpenAsync("sensors", new KafkaDatasetOptions
{
    BootstrapServers = kafka.BootstrapServers,
    SchemaRegistry = registry,
    Label = LabelColumn.Binary("Failed"),
    Features = ["Heat", "Vibration", "Load"],
});
Console.WriteLine($"{dataset.Snapshot.Length} records in {dataset.Snapshot.Partitions.Count} partitions, features {string.Join(", ", dataset.Features)}");

var weights = new float[dataset.Features.Count];
float bias = 0;
for (int epoch = 1; epoch <= 5; epoch++)
{
    double loss = 0;
    long rows = 0;
    await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 500 }))
    {
        using (batch)   // returns its memory to the pool
        {
            loss += Learn(batch, weights, ref bias);
            rows += batch.Rows;
        }
    }

    // Every pass has the same rows in the same order, so a second run of this program prints the same figures.
    Console.WriteLine($"epoch {epoch}: loss {loss / rows:F4}, {rows} rows");
}

// One step of gradient descent. Returns the sum of the rows' losses before the step.
static double Learn(TensorBatch batch, Span<float> weights, ref float bias)
{
    const float Rate = 2f;
    ReadOnlyTensorSpan<float> features = batch.Features;   // [rows, features]
    ReadOnlyTensorSpan<float> labels = batch.Labels;       // [rows]
    Span<float> gradient = stackalloc float[weights.Length];
    float biasGradient = 0;
    double loss = 0;
    for (int i = 0; i < batch.Rows; i++)
    {
        ReadOnlySpan<float> row = features.GetSpan([i, 0], weights.Length);
        float p = 1 / (1 + MathF.Exp(-(TensorPrimitives.Dot(row, weights) + bias)));
        float error = p - labels[i];
        TensorPrimitives.MultiplyAdd(row, error, gradient, gradient);
        biasGradient += error;
        loss -= labels[i] == 1 ? Math.Log(p) : Math.Log(1 - p);
    }

    TensorPrimitives.MultiplyAdd(gradient, -Rate / batch.Rows, weights, weights);
    bias -= Rate / batch.Rows * biasGradient;
    return loss;
}

async Task WriteAsync()
{
    await using var writer = await KafkaRecordWriter<Sensor>.OpenAsync("sensors", new KafkaWriterOptions
    {
        BootstrapServers = kafka.BootstrapServers,
        SchemaRegistry = registry,
        Partitions = 4,
    });
    var random = new Random(1);
    for (int i = 0; i < 20_000; i++)
    {
        float heat = random.NextSingle(), vibration = random.NextSingle(), load = random.NextSingle();
        double risk = 1 / (1 + Math.Exp(-(6 * heat + 4 * vibration - 2 * load - 5)));
        await writer.WriteAsync(new Sensor(heat, vibration, load, Failed: random.NextDouble() < risk));
    }

    await writer.FlushAsync();
}

internal sealed record Sensor(float Heat, float Vibration, float Load, bool Failed);
