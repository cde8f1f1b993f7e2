namespace KafkaDatasets.Tests.Learning;

/// <summary>An embedded topic with rows to learn, and a directory for checkpoints.</summary>
internal sealed class LearningTopic : IDisposable
{
    public const string Name = "events";

    private const string Schema = """{"type":"object","properties":{"a":{"type":"number","format":"float"},"b":{"type":"number","format":"float"},"c":{"type":"number","format":"float"},"label":{"type":"boolean"}},"required":["a","b","c","label"]}""";

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly int _partitions;
    private int _written;

    public LearningTopic(int partitions = 1, TimeProvider? time = null)
    {
        _partitions = partitions;
        Dataset = new KafkaDatasetOptions
        {
            BootstrapServers = _kafka.BootstrapServers,
            Format = RecordFormat.Json(Schema),
            Label = LabelColumn.Binary("label"),
            Features = ["a", "b", "c"],
            TimeProvider = time ?? TimeProvider.System,
            ClientConfig = EmbeddedGroups.Quick,
        };
    }

    public KafkaDatasetOptions Dataset { get; }

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("kafka-learning").FullName;

    public CheckpointStore Store => CheckpointStore.Directory(Directory);

    private static LearnerRows All { get; } = new(20_000, 3);

    private static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    public static IOnlineLearner Learner() => OnlineLearner.Ftrl(OnlineTask.BinaryClassification, ["a", "b", "c"]);

    /// <summary>The state of a learner that has learned the first rows in memory, in the order in which they were written.</summary>
    public static byte[] Expected(int rows)
    {
        IOnlineLearner learner = Learner();
        learner.Learn(All.Features.AsSpan(0, rows * 3), All.Labels.AsSpan(0, rows), new float[rows]);
        return LearnerRows.StateOf(learner);
    }

    public async Task WriteAsync(int count)
    {
        await using KafkaRecordWriter<Event> writer = await KafkaRecordWriter<Event>.OpenAsync(
            Name,
            new KafkaWriterOptions { BootstrapServers = _kafka.BootstrapServers, Format = WriteFormat.Json, Framing = SchemaFraming.None, Partitions = _partitions },
            Token);
        for (int i = _written; i < _written + count; i++)
        {
            await writer.WriteAsync(new Event(All.Features[i * 3], All.Features[(i * 3) + 1], All.Features[(i * 3) + 2], All.Labels[i] > 0), Token);
        }

        await writer.FlushAsync(Token);
        _written += count;
    }

    public Task<OnlineTrainer> StartAsync(string group, IOnlineLearner? learner = null, CheckpointStore? store = null, Func<OnlineTrainerOptions, OnlineTrainerOptions>? with = null, TimeSpan? timeout = null)
    {
        var options = new OnlineTrainerOptions { Live = new LiveOptions { GroupId = group }, Checkpoints = store ?? Store, CheckpointRows = 700, BatchSize = 100 };
        return OnlineTrainer.StartAsync(Name, timeout is { } most ? Dataset with { Timeout = most } : Dataset, learner ?? Learner(), with is null ? options : with(options), Token);
    }

    public void StopBrokers() => _kafka.Dispose();

    public void Dispose()
    {
        _kafka.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    public sealed record Event(float a, float b, float c, bool label);
}
