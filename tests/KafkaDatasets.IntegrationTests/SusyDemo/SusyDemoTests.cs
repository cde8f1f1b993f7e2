using System.Globalization;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Confluent.SchemaRegistry;
using KafkaDatasets.IntegrationTests.Cluster;
using SusyDemo.Commands;
using SusyDemo.Data;
using SusyDemo.Data.Generation;
using SusyDemo.Settings;
using SusyDemo.Training;
using Xunit;

namespace KafkaDatasets.IntegrationTests.SusyDemo;

/// <summary>The sample from its command line against a real broker and a real schema registry.</summary>
public sealed class SusyDemoTests(SharedKafka shared) : IDisposable
{
    private const int Fields = 19;
    private const int FramedLength = 5 + (Fields * sizeof(float));

    private readonly StringWriter _output = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("susydemo-").FullName;

    public void Dispose() => Directory.Delete(_directory, true);

    [Fact]
    public async Task Every_event_produced_is_read_back_exactly_once()
    {
        const int Rows = 1_000_000;
        KafkaDriver kafka = await shared.KafkaAsync();
        string train = await kafka.CreateTopicAsync(6);
        string test = await kafka.CreateTopicAsync(6);

        await InvokeAsync(kafka, "produce", "--rows", $"{Rows}", "--seed", "7", "--train-topic", train, "--test-topic", test);

        var expected = new Dictionary<bool, Sums> { [true] = new(), [false] = new() };
        foreach ((SusyRecord record, bool isTrain) in EventPlan.Split(new SusyEventGenerator(7, Rows), new TrainTestSplit(7)).Events())
        {
            expected[isTrain].Add(Enumerable.Range(0, Fields).Select(i => record[i]));
        }

        Assert.Equal(Rows, expected.Values.Sum(s => s.Rows));
        foreach ((string topic, bool isTrain) in new[] { (train, true), (test, false) })
        {
            Assert.Equal(expected[isTrain].ToString(), ByKafkasConsumer(kafka, topic).ToString());
            Assert.Equal(expected[isTrain].ToString(), (await ByDatasetAsync(kafka, topic)).ToString());
        }
    }

    [Fact]
    public async Task Real_events_are_told_apart_as_well_as_elsewhere()
    {
        if (Environment.GetEnvironmentVariable("SUSY_DATA_HOME") is not { Length: > 0 } data)
        {
            Requirement.Missing("No real SUSY events. Set SUSY_DATA_HOME to a folder with their train.csv and test.csv.");
            return;
        }

        KafkaDriver kafka = await shared.KafkaAsync();
        string[] topics = ["--train-topic", await kafka.CreateTopicAsync(6), "--test-topic", await kafka.CreateTopicAsync(6)];

        await InvokeAsync(
            kafka, ["run", "--train-data", Path.Combine(data, "train.csv"), "--test-data", Path.Combine(data, "test.csv"), "--output", _directory, .. topics]);

        Dictionary<string, double> areas = Areas(1000);
        Assert.True(areas["logistic"] >= 0.830, $"logistic {areas["logistic"]}");
        Assert.True(areas["fasttree"] >= 0.850, $"fasttree {areas["fasttree"]}");
        Assert.True(areas["network"] >= 0.845, $"network {areas["network"]}");
        if (Learners.HasLightGbm)
        {
            Assert.True(areas["lightgbm"] >= 0.850, $"lightgbm {areas["lightgbm"]}");
        }

        Assert.DoesNotContain("synthetic", _output.ToString());
    }

    /// <summary>The second run goes on from the checkpoint of the first, though its group is another.</summary>
    [Fact]
    public async Task Events_are_learned_once_by_one_run_after_another()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string train = await kafka.CreateTopicAsync(6);
        string test = await kafka.CreateTopicAsync(6);
        string[] topics = ["--train-topic", train, "--test-topic", test];
        await InvokeAsync(kafka, ["produce", "--rows", "20000", .. topics]);
        await InvokeAsync(kafka, "learn", "--train-topic", train, "--checkpoint", _directory, "--group", $"a-{train}");
        long first = kafka.Consume(train).Count();
        Assert.Contains($"learned: ftrl-logistic rows {first} checkpoint {_directory}", _output.ToString());
        await InvokeAsync(kafka, ["produce", "--rows", "10000", "--append", "--seed", "2", .. topics]);
        await InvokeAsync(kafka, "learn", "--train-topic", train, "--checkpoint", _directory, "--group", $"b-{train}", "--until", "idle:1");
        long all = kafka.Consume(train).Count();
        Assert.True(all > first);
        Assert.Contains($"learned: ftrl-logistic rows {all} checkpoint {_directory}", _output.ToString());
        Assert.Matches($@"prequential: accuracy 0\.[0-9]{{4}} AUC 0\.[0-9]{{4}} rows {all}\s", _output.ToString());
    }

    [Fact]
    public async Task Topics_are_made_to_keep_events_for_ever_and_are_not_added_to_unasked()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string name = $"kafkadatasets-test-{Guid.NewGuid():N}";
        string[] produce = ["produce", "--rows", "1000", "--train-topic", $"{name}.train", "--test-topic", $"{name}.test"];
        try
        {
            await InvokeAsync(kafka, produce);

            List<DescribeConfigsResult> configs = await kafka.Admin.DescribeConfigsAsync([new ConfigResource { Name = $"{name}.train", Type = ResourceType.Topic }]);
            Assert.Equal("-1", configs[0].Entries["retention.ms"].Value);
            Assert.Equal(6, kafka.Admin.GetMetadata($"{name}.train", TimeSpan.FromSeconds(10)).Topics.Single().Partitions.Count);
            await InvokeAsync(kafka, Failures.Failed, produce);
            Assert.Equal(1000, kafka.Consume($"{name}.train").Count() + kafka.Consume($"{name}.test").Count());
        }
        finally
        {
            await kafka.Admin.DeleteTopicsAsync([$"{name}.train", $"{name}.test"]);
        }
    }

    private Task InvokeAsync(KafkaDriver kafka, params string[] arguments) => InvokeAsync(kafka, 0, arguments);

    private async Task InvokeAsync(KafkaDriver kafka, int exitCode, string[] arguments)
    {
        var demo = new Demo(new ClusterSettingsReader(_ => null), _output);
        string[] all = [.. arguments, "--bootstrap-servers", kafka.BootstrapServers, "--schema-registry", await shared.SchemaRegistryUrlAsync()];

        Assert.Equal(exitCode, await new DemoCommandLine(demo).Root.Parse(all).InvokeAsync(cancellationToken: TestContext.Current.CancellationToken));
    }

    private static Sums ByKafkasConsumer(KafkaDriver kafka, string topic)
    {
        var sums = new Sums();
        foreach (ConsumeResult<byte[]?, byte[]?> result in kafka.Consume(topic))
        {
            byte[] value = result.Message.Value!;
            Assert.Equal(FramedLength, value.Length);
            sums.Add(MemoryMarshal.Cast<byte, float>(value.AsSpan(5)).ToArray());
        }

        return sums;
    }

    private async Task<Sums> ByDatasetAsync(KafkaDriver kafka, string topic)
    {
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = await shared.SchemaRegistryUrlAsync() });
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(
            topic,
            new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry, Label = LabelColumn.Binary("signal") },
            TestContext.Current.CancellationToken);
        var sums = new Sums();
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            using (batch)
            {
                for (int row = 0; row < batch.Rows; row++)
                {
                    sums.Add([batch.Labels[row], .. batch.Features.GetSpan([row, 0], Fields - 1)]);
                }
            }
        }

        return sums;
    }

    private Dictionary<string, double> Areas(int rows) => _output.ToString().Split('\n')
        .Select(line => line.Trim().Split(' '))
        .Where(words => words is ["test:", _, "accuracy", _, "AUC", _, "rows", _] && words[7] == rows.ToString(CultureInfo.InvariantCulture))
        .ToDictionary(words => words[1], words => double.Parse(words[5], CultureInfo.InvariantCulture));

    /// <summary>The number of rows and, for each column, the sum of the values' bit patterns, which no order and no rounding changes.</summary>
    private sealed class Sums
    {
        private readonly ulong[] _bits = new ulong[Fields];

        public long Rows { get; private set; }

        public void Add(IEnumerable<float> values)
        {
            int i = 0;
            foreach (float value in values)
            {
                _bits[i++] += BitConverter.SingleToUInt32Bits(value);
            }

            Assert.Equal(Fields, i);
            Rows++;
        }

        public override string ToString() => $"{Rows} rows: {string.Join(' ', _bits)}";
    }
}
