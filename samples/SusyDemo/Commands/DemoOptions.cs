using SusyDemo.Network;
using SusyDemo.Training;

namespace SusyDemo.Commands;

/// <summary>What the user asked for.</summary>
internal sealed record DemoOptions
{
    public const string DefaultTrainTopic = "10x.storage.machine-learning.train";
    public const string DefaultTestTopic = "10x.storage.machine-learning.test";
    public const string DefaultOutput = "susy-out";
    public const string DefaultCheckpoint = "susy-checkpoints";

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

    public string Until { get; init; } = "caught-up";

    public string? ScoresTopic { get; init; }

    public string? LabelsTopic { get; init; }

    public string Range { get; init; } = MonitorStep.All;

    /// <summary>How many seconds a label may be apart from its score; null: any number, or ten minutes live.</summary>
    public int? Grace { get; init; }

    public string? Report { get; init; }

    /// <summary>The directory of the learner's checkpoints; null: the default.</summary>
    public string? LearnerCheckpoint { get; init; }

    public long CheckpointRows { get; init; } = 1_000_000;

    public string? ModelFile { get; init; }

    public string? OutputTopic { get; init; }

    public string? Delivery { get; init; }

    public string ScoreGroup { get; init; } = "susy-scorer";

    public string Group { get; init; } = "susy-learner";

    /// <summary>The number of processes that train one model together; null: each model in this process alone.</summary>
    public int? World { get; init; }

    public int? Rank { get; init; }

    public string? Coordinator { get; init; }

    public int Iterations { get; init; } = 100;

    public string? Checkpoint { get; init; }

    /// <summary>How the network is trained.</summary>
    public NetworkOptions Network(ModelFiles files) =>
        new() { BatchSize = BatchSize, Epochs = Epochs, Seed = Seed, State = files.NetworkState, Resume = Resume };

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

        if (World is null && (Rank is not null || Coordinator is not null || Checkpoint is not null))
        {
            faults.Add("--rank, --coordinator and --checkpoint go with --world, the number of processes that train together");
        }

        if (World is { } world)
        {
            if (Model is not (Learners.LightGbm or NetworkLearner.LearnerName))
            {
                faults.Add($"--world goes with --model {Learners.LightGbm} or --model {NetworkLearner.LearnerName}");
            }

            if (Model == NetworkLearner.LearnerName && Checkpoint is not null)
            {
                faults.Add($"--checkpoint is for --model {Learners.LightGbm}: the network keeps its state in --output, and goes on with --resume");
            }

            if (Model == Learners.LightGbm && Resume)
            {
                faults.Add($"--resume is for --model {NetworkLearner.LearnerName}: {Learners.LightGbm} goes on by itself with what is in --checkpoint");
            }

            if (Model == NetworkLearner.LearnerName && BatchSize < world)
            {
                faults.Add(FormattableString.Invariant($"--batch-size {BatchSize} is less than --world {world}: each process needs at least a row of a batch"));
            }

            if (world > 1 && Rank is null)
            {
                faults.Add(FormattableString.Invariant($"--world {world} needs --rank, from 0 to {world - 1}"));
            }

            if (Rank >= world)
            {
                faults.Add(FormattableString.Invariant($"--rank {Rank} is not less than --world {world}"));
            }
        }

        return faults.Count == 0 ? this : throw new DemoException($"{string.Join("; ", faults)}.");
    }
}
