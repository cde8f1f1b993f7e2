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

    public string Output { get; init; } = DefaultOutput;
}
