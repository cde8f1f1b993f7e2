using System.Globalization;
using System.Text.RegularExpressions;
using Confluent.SchemaRegistry;
using KafkaDatasets.LightGbm;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.LightGbm;

/// <summary>A topic of 4,000 orders to train from, and the ranks that do, on threads of this process.</summary>
public sealed class RankTopic : IAsyncLifetime
{
    public const string Name = "orders";

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly CachedSchemaRegistryClient _registry;

    public RankTopic() => _registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = _kafka.SchemaRegistryUrl });

    public MLContext ML { get; } = new(seed: 1);

    /// <summary>How orders are read, with the label whether they are returned.</summary>
    public KafkaDatasetOptions Options => new()
    {
        BootstrapServers = _kafka.BootstrapServers,
        SchemaRegistry = _registry,
        Label = LabelColumn.Binary(nameof(Order.IsReturned)),
        Features = [nameof(Order.Amount), nameof(Order.Country), nameof(Order.Age)],
    };

    public async ValueTask InitializeAsync()
    {
        await using KafkaRecordWriter<Order> writer = await KafkaRecordWriter<Order>.OpenAsync(
            Name, new KafkaWriterOptions { BootstrapServers = _kafka.BootstrapServers, SchemaRegistry = _registry, Partitions = 3 }, TestContext.Current.CancellationToken);
        var random = new Random(1);
        for (int i = 0; i < 4000; i++)
        {
            float amount = 1000 * random.NextSingle();
            int country = random.Next(12);
            float age = 80 * random.NextSingle();
            double risk = 1 / (1 + Math.Exp(-(((country * 7 % 12) - 6) + ((amount - 500) / 200))));
            string size = amount < 300 ? "small" : amount * age < 30_000 ? "medium" : "large";
            await writer.WriteAsync(new Order(amount, country, age, i % 3, amount + (100 * (country * 7 % 12)), random.NextDouble() < risk, size), TestContext.Current.CancellationToken);
        }

        await writer.FlushAsync(TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _registry.Dispose();
        _kafka.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Trains with ranks on threads of this process; LightGBM's network belongs to a thread. All must give the same model.</summary>
    public static async Task<LightGbmModel> TrainAsync(int world, KafkaDatasetOptions dataset, LightGbmOptions options, string name = Name)
    {
        string coordinator = Coordinator();
        LightGbmModel[] models = await Task.WhenAll(Enumerable.Range(0, world).Select(rank => LightGbmTrainer.TrainAsync(
            name, dataset, options with { Threads = 1, World = new LightGbmWorld(rank, world, coordinator) { StartTimeout = TimeSpan.FromSeconds(60) } }, TestContext.Current.CancellationToken)));
        foreach (string property in (string[])["num_leaves", "split_feature", "threshold", "decision_type", "left_child", "right_child", "leaf_value", "num_cat"])
        {
            Assert.All(models, m => Assert.Equal(Values(models[0].Text, property), Values(m.Text, property)));
        }

        return models[0];
    }

    /// <summary>A coordinator's address on this machine that nobody listens on.</summary>
    public static string Coordinator() => $"127.0.0.1:{FreePorts.Next()}";

    /// <summary>The part of a model's text that is the trees.</summary>
    public static string Trees(string model) => model[model.IndexOf("Tree=0", StringComparison.Ordinal)..model.IndexOf("end of trees", StringComparison.Ordinal)];

    /// <summary>The values of a property of all trees, such as <c>split_feature</c>.</summary>
    public static double[] Values(string model, string property) =>
        [.. Regex.Matches(Trees(model), $"^{property}=(.*)$", RegexOptions.Multiline).SelectMany(m => m.Groups[1].Value.Split(' ')).Select(v => double.Parse(v, CultureInfo.InvariantCulture))];

    /// <summary>The same splits; leaves that differ by rounding alone.</summary>
    public static void AssertSame(LightGbmModel expected, LightGbmModel actual, double tolerance = 1e-9)
    {
        foreach (string property in (string[])["num_leaves", "split_feature", "threshold", "decision_type", "left_child", "right_child", "num_cat"])
        {
            Assert.Equal(Values(expected.Text, property), Values(actual.Text, property));
        }

        double[] leaves = Values(expected.Text, "leaf_value");
        Assert.NotEmpty(leaves);
        Assert.All(leaves.Zip(Values(actual.Text, "leaf_value")), l => Assert.Equal(l.First, l.Second, tolerance * Math.Max(1, Math.Abs(l.First))));
    }

    public sealed record Order(float Amount, int Country, float Age, int Weight, float Value, bool IsReturned, string Size);
}
