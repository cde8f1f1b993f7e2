using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Avro.Generic;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Confluent.Kafka.SyncOverAsync;
using Confluent.SchemaRegistry;
using Confluent.SchemaRegistry.Serdes;
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

    /// <summary>Scores are read by Confluent's consumer and its Avro deserializer, labels from the bytes of the events; accuracy and AUC are counted pair by pair.</summary>
    [Fact]
    public async Task Events_are_scored_once_and_monitored_as_they_are_counted()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string train = await kafka.CreateTopicAsync(6);
        string test = await kafka.CreateTopicAsync(6);
        string scores = await kafka.CreateTopicAsync(6);
        await InvokeAsync(kafka, "produce", "--rows", "20000", "--train-topic", train, "--test-topic", test);
        await InvokeAsync(kafka, "learn", "--train-topic", train, "--checkpoint", _directory, "--group", train);
        string[] score = ["score", "--test-topic", test, "--model-file", Path.Combine(_directory, "model.zip"), "--output-topic", scores, "--delivery", "exactly-once", "--group", test];
        await InvokeAsync(kafka, score);
        Dictionary<(int, long), float> labels = kafka.Consume(test).ToDictionary(r => (r.Partition.Value, r.Offset.Value), r => BitConverter.ToSingle(r.Message.Value!, 5));
        Assert.Contains($"scored: rows {labels.Count} batches ", _output.ToString());
        await InvokeAsync(kafka, score);
        Assert.Contains("scored: rows 0 batches 0", _output.ToString());

        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = await shared.SchemaRegistryUrlAsync() });
        IDeserializer<GenericRecord> deserializer = new AvroDeserializer<GenericRecord>(registry).AsSyncOverAsync();
        var scored = new Dictionary<(int, long), (float Label, bool Predicted, float Probability)>();
        string version = "";
        foreach (ConsumeResult<byte[]?, byte[]?> result in kafka.Consume(scores))
        {
            GenericRecord record = deserializer.Deserialize(result.Message.Value, false, new SerializationContext(MessageComponentType.Value, scores));
            (int, long) position = (int.Parse(Header(result, ScoreHeaders.Partition), CultureInfo.InvariantCulture), long.Parse(Header(result, ScoreHeaders.Offset), CultureInfo.InvariantCulture));
            scored.Add(position, (labels[position], (bool)record["PredictedLabel"], (float)record["Probability"]));
            version = Header(result, ScoreHeaders.ModelVersion);
        }

        Assert.Equal(labels.Count, scored.Count);
        double accuracy = (double)scored.Values.Count(s => s.Label > 0.5f == s.Predicted) / scored.Count;
        float[] signal = [.. scored.Values.Where(s => s.Label > 0.5f).Select(s => s.Probability)];
        float[] background = [.. scored.Values.Where(s => s.Label <= 0.5f).Select(s => s.Probability)];
        double area = signal.Sum(s => background.Sum(b => s > b ? 1 : s == b ? 0.5 : 0)) / ((double)signal.Length * background.Length);
        string wanted = string.Create(CultureInfo.InvariantCulture, $"monitored: {version} accuracy {accuracy:F4} AUC {area:F4} rows {scored.Count} unmatched 0");
        await InvokeAsync(kafka, "monitor", "--scores-topic", scores, "--labels-topic", test, "--range", "all", "--report", Path.Combine(_directory, "all.html"));
        await InvokeAsync(kafka, "monitor", "--scores-topic", scores, "--labels-topic", test, "--range", "live", "--until", "caught-up");
        Assert.Equal([wanted, wanted], _output.ToString().Split(Environment.NewLine).Where(l => l.StartsWith("monitored: ", StringComparison.Ordinal)));
        Assert.Contains(version, await File.ReadAllTextAsync(Path.Combine(_directory, "all.html"), TestContext.Current.CancellationToken));
    }

    /// <summary>Every event that arrives is scored once and joined; the drift is found, and another model takes over.</summary>
    [Fact(Timeout = 300_000)]
    public async Task The_whole_loop_recovers_from_a_drift()
    {
        const int Live = 60_000;
        KafkaDriver kafka = await shared.KafkaAsync();
        string[] before = Topics(kafka);
        try
        {
            await InvokeAsync(kafka, "live", "--output", _directory);
            string output = _output.ToString();
            Assert.Contains($"scored: rows {Live} batches ", output);
            Assert.Matches("retrained: from [0-9]+ events since .*, promoted susy-2", output);
            string[][] models = [.. output.Split(Environment.NewLine).Select(l => l.Split(' ')).Where(w => w[0] == "monitored:")];
            Assert.True(models.Length > 1, output);
            Assert.Equal(Live, models.Sum(w => int.Parse(w[7], CultureInfo.InvariantCulture)));
            Assert.All(models, w => Assert.Equal("0", w[9]));
            Assert.True(File.Exists(Path.Combine(_directory, "live.png")));

            string scores = Assert.Single(Topics(kafka).Except(before), t => t.StartsWith("susy-live-", StringComparison.Ordinal) && t.EndsWith("-scores", StringComparison.Ordinal));
            (string, string, string)[] positions = [.. kafka.Consume(scores).Select(s => (Header(s, ScoreHeaders.Partition), Header(s, ScoreHeaders.Offset), Header(s, ScoreHeaders.ModelVersion)))];
            Assert.Equal(Live, positions.Length);
            Assert.Equal(Live, positions.DistinctBy(p => (p.Item1, p.Item2)).Count());
            Assert.Equal(
                positions.CountBy(p => p.Item3).OrderBy(c => c.Key).Select(c => $"{c.Key} {c.Value}"),
                models.OrderBy(w => w[1]).Select(w => $"{w[1]} {w[7]}"));
        }
        finally
        {
            await kafka.Admin.DeleteTopicsAsync(Topics(kafka).Except(before).Where(t => t.StartsWith("susy-live-", StringComparison.Ordinal)));
        }
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

    private static string[] Topics(KafkaDriver kafka) => [.. kafka.Admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Select(t => t.Topic)];

    private static string Header(ConsumeResult<byte[]?, byte[]?> record, string name) => Encoding.UTF8.GetString(record.Message.Headers.GetLastBytes(name));

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
