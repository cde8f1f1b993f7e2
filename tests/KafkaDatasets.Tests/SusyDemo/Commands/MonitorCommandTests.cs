using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using SusyDemo.Commands;
using SusyDemo.Settings;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Commands;

/// <summary>The command <c>monitor</c>, on embedded brokers.</summary>
public sealed class MonitorCommandTests : IDisposable
{
    private const string TestTopic = "10x.storage.machine-learning.test";

    private readonly TemporaryDirectory _directory = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Says_how_well_each_version_does()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        string cluster = $"--bootstrap-servers {kafka.BootstrapServers} --schema-registry {kafka.SchemaRegistryUrl}";
        Assert.Equal(0, await InvokeAsync($"produce {cluster} --rows 3000"));
        string[] wanted = await WriteScoresAsync(kafka);
        string report = Path.Combine(_directory.Path, "report.html");

        Assert.Equal(0, await InvokeAsync($"monitor {cluster} --scores-topic scores --report {report}"));
        Assert.Equal(wanted, Monitored());
        Assert.Contains("m-1", await File.ReadAllTextAsync(report, Token));

        _output.GetStringBuilder().Clear();
        Assert.Equal(0, await InvokeAsync($"monitor {cluster} --scores-topic scores --labels-topic {TestTopic} --range live --until caught-up"));
        Assert.Equal(wanted, Monitored());
        Assert.Equal("", _errors.ToString());
    }

    /// <summary>Training writes the profile of its events beside the models, and monitoring compares the latest events with it.</summary>
    [Fact]
    public async Task Columns_are_compared_with_the_profile_that_training_saved()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        string cluster = $"--bootstrap-servers {kafka.BootstrapServers} --schema-registry {kafka.SchemaRegistryUrl}";
        Assert.Equal(0, await InvokeAsync($"produce {cluster} --rows 3000"));
        await WriteScoresAsync(kafka);
        string models = Path.Combine(_directory.Path, "models");
        Assert.Equal(0, await InvokeAsync($"train {cluster} --model network --epochs 1 --output {models}"));
        string profile = Path.Combine(models, "train.profile.json");
        ReferenceProfile trained = ReferenceProfile.Parse(await File.ReadAllTextAsync(profile, Token));
        Assert.Contains($"profile: columns {trained.Columns.Count} rows {trained.Rows} in {profile}", _output.ToString());
        Assert.Equal("10x.storage.machine-learning.train", Assert.Single(trained.Snapshots).Topic);
        Assert.Contains(trained.Columns, c => c.Name == "lepton_1_pT");

        Assert.Equal(0, await InvokeAsync($"monitor {cluster} --scores-topic scores --output {models}"));
        Assert.Contains($"drift: columns 0 of {trained.Columns.Count} rows ", _output.ToString());

        // A profile in which two columns are exchanged: both have drifted, and are named.
        string other = trained.ToJson().Replace("lepton_1_pT", "(other)", StringComparison.Ordinal).Replace("lepton_1_eta", "lepton_1_pT", StringComparison.Ordinal).Replace("(other)", "lepton_1_eta", StringComparison.Ordinal);
        await File.WriteAllTextAsync(profile, other, Token);
        Assert.Equal(0, await InvokeAsync($"monitor {cluster} --scores-topic scores --output {models}"));
        Assert.Contains($"drift: columns 2 of {trained.Columns.Count} rows ", _output.ToString());
        Assert.Contains("drift: lepton_1_pT: ", _output.ToString());
        Assert.Equal("", _errors.ToString());

        await File.WriteAllTextAsync(profile, "{", Token);
        Assert.Equal(Failures.Failed, await InvokeAsync($"monitor {cluster} --scores-topic scores --output {models}"));
        Assert.Contains($"The profile {profile} cannot be loaded", _errors.ToString());
    }

    /// <summary>Every event of the test topic is scored by the model that was learned from the train topic, and joined with its label.</summary>
    [Theory]
    [InlineData("--range all")]
    [InlineData("--range live --until caught-up --labels-topic labels")]
    public async Task Without_a_cluster_scores_of_made_events_are_monitored(string options)
    {
        string report = Path.Combine(_directory.Path, "report.html");
        Assert.Equal(0, await InvokeAsync($"monitor --scores-topic s --rows 20000 --report {report} {options}"));
        Assert.Equal("", _errors.ToString());
        (int learned, int scored) = (NumberAfter("learned: ftrl-logistic rows "), NumberAfter("scored: rows "));
        Assert.Equal(20_000, learned + scored);
        string line = Assert.Single(Monitored());
        Assert.Matches($@"^monitored: model@\S+ accuracy 0\.[78][0-9]{{3}} AUC 0\.8[0-9]{{3}} rows {scored} unmatched 0$", line);
        Assert.Contains(line.Split(' ')[1], await File.ReadAllTextAsync(report, Token));
    }

    [Theory]
    [InlineData("monitor", "--scores-topic is missing")]
    [InlineData("monitor --scores-topic s --range some", "some")]
    [InlineData("monitor --scores-topic s --until soon", "--until is 'soon'")]
    [InlineData("monitor --scores-topic s --grace -1", "--grace must be at least 0")]
    [InlineData("monitor --bootstrap-servers localhost:9 --schema-registry http://localhost:9", "--scores-topic is missing")]
    public async Task Refuses_what_cannot_be_and_says_why(string command, string reason)
    {
        Assert.Equal(Failures.Failed, await InvokeAsync(command));
        Assert.Contains(reason, _errors.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Writes scores as a scorer does: a version for each half of the events, the second one wrong more often, and none for the last event of each partition.</summary>
    /// <returns>The lines that the monitor is to print.</returns>
    private static async Task<string[]> WriteScoresAsync(EmbeddedKafka kafka)
    {
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = kafka.SchemaRegistryUrl });
        const string Schema = """{"type":"record","name":"Score","fields":[{"name":"PredictedLabel","type":"boolean"},{"name":"Score","type":"float"},{"name":"Probability","type":"float"}]}""";
        int id = await registry.RegisterSchemaAsync("scores-value", new Schema(Schema, SchemaType.Avro));
        kafka.CreateTopic("scores", 6);
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers, LingerMs = 20 }).SetLogHandler((_, _) => { }).Build();
        await using KafkaDataset events = await KafkaDataset.OpenAsync(TestTopic, new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry, Label = LabelColumn.Binary("signal") }, Token);
        List<(float Label, float Probability)>[] scored = [[], []];
        int row = 0;
        await foreach (TensorBatch batch in events.ReadBatchesAsync(cancellationToken: Token))
        {
            using (batch)
            {
                for (int i = 0; i < batch.Rows; i++, row++)
                {
                    int version = row * 2 < events.Snapshot.Length ? 0 : 1;
                    bool isRight = row % 10 >= (version == 0 ? 1 : 3);
                    float probability = (batch.Labels[i] > 0.5f) == isRight ? 0.5f + (row % 100 * 0.005f) : 0.495f - (row % 90 * 0.005f);
                    scored[version].Add((batch.Labels[i], probability));
                    var headers = new Headers
                    {
                        { "kafkadatasets.input.topic", Encoding.UTF8.GetBytes(TestTopic) },
                        { "kafkadatasets.input.partition", Text(batch.Partitions[i]) },
                        { "kafkadatasets.input.offset", Text(batch.Offsets[i]) },
                        { "kafkadatasets.model.version", Encoding.UTF8.GetBytes($"m-{version + 1}") },
                    };
                    producer.Produce(new TopicPartition("scores", batch.Partitions[i]), new Message<Null, byte[]> { Value = Value(id, probability), Headers = headers });
                }
            }
        }

        await Task.Run(() => producer.Flush(Token), Token);
        return [.. scored.Select((s, v) => string.Create(CultureInfo.InvariantCulture, $"monitored: m-{v + 1} accuracy {(double)s.Count(r => r.Label > 0.5f == r.Probability >= 0.5f) / s.Count:F4} AUC {Auc(s):F4} rows {s.Count} unmatched 0"))];
    }

    private static double Auc(List<(float Label, float Probability)> rows)
    {
        float[] positive = [.. rows.Where(r => r.Label > 0.5f).Select(r => r.Probability)];
        float[] negative = [.. rows.Where(r => r.Label <= 0.5f).Select(r => r.Probability)];
        return positive.Sum(p => negative.Sum(n => p > n ? 1 : p == n ? 0.5 : 0)) / ((double)positive.Length * negative.Length);
    }

    private static byte[] Value(int schema, float probability)
    {
        byte[] value = new byte[14];
        BinaryPrimitives.WriteInt32BigEndian(value.AsSpan(1), schema);
        value[5] = probability >= 0.5f ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteSingleLittleEndian(value.AsSpan(6), MathF.Log(probability / (1 - probability)));
        BinaryPrimitives.WriteSingleLittleEndian(value.AsSpan(10), probability);
        return value;
    }

    private static byte[] Text(long number) => Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    private int NumberAfter(string words) => int.Parse(System.Text.RegularExpressions.Regex.Match(_output.ToString(), $"{words}([0-9]+)").Groups[1].Value, CultureInfo.InvariantCulture);

    private string[] Monitored() => [.. _output.ToString().Split(Environment.NewLine).Where(l => l.StartsWith("monitored: ", StringComparison.Ordinal))];

    private async Task<int> InvokeAsync(string command)
    {
        var demo = new Demo(new ClusterSettingsReader(_ => null), _output);
        return await new DemoCommandLine(demo).Root.Parse(command).InvokeAsync(new System.CommandLine.InvocationConfiguration { Output = _output, Error = _errors }, Token);
    }
}
