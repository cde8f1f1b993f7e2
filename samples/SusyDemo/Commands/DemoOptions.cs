using SusyDemo.Training;

namespace SusyDemo.Commands;

/// <summary>What the user asked for.</summary>
internal sealed record DemoOptions
{
    public const string DefaultTrainTopic = "10x.storage.machine-learning.train";
    public const string DefaultTestTopic = "10x.storage.machine-learning.test";
    public const string DefaultOutput = "susy-out";

    public string? BootstrapServers { get; init; }

    public string? SchemaRegistry { get; init; }

    public string? EnvFile { get; init; }

    public bool Verbose { get; init; }

    public string TrainTopic { get; init; } = DefaultTrainTopic;

    public string TestTopic { get; init; } = DefaultTestTopic;

    public string? Data { get; init; }

    public string? TrainData { get; init; }

    public string? TestData { get; init; }

    public long? Rows { get; init; }

    public bool Append { get; init; }

    public string Model { get; init; } = Learners.All;

    public int BatchSize { get; init; } = 1000;

    public int Epochs { get; init; } = 2;

    public int Seed { get; init; } = 1;

    public bool Resume { get; init; }

    public string Output { get; init; } = DefaultOutput;

    /// <exception cref="DemoException">Some options exclude each other; names every fault.</exception>
    public DemoOptions Validated()
    {
        var faults = new List<string>();
        if (TrainTopic == TestTopic)
        {
            faults.Add("--train-topic and --test-topic are the same: models would be tested with the events that they were trained from");
        }

        if (TrainData is null != TestData is null)
        {
            faults.Add("--train-data and --test-data go together: give both, or --data to have one file split");
        }

        if (Data is not null && (TrainData ?? TestData) is not null)
        {
            faults.Add("--data excludes --train-data and --test-data");
        }

        return faults.Count == 0 ? this : throw new DemoException($"{string.Join("; ", faults)}.");
    }
}
