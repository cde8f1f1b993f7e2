namespace SusyDemo.Network;

/// <summary>How the network is built and trained. The defaults are the demo's.</summary>
internal sealed record NetworkOptions
{
    public IReadOnlyList<LayerShape> Shape { get; init; } = [new(128, 0.2), new(256, 0.4), new(128, 0.4)];

    /// <summary>Rows per step of the optimiser.</summary>
    public int BatchSize { get; init; } = 1000;

    /// <summary>Passes over the rows.</summary>
    public int Epochs { get; init; } = 2;

    public double LearningRate { get; init; } = 0.001;

    /// <summary>The seed of the weights and of dropout.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Where the state of an unfinished training is kept; null: nowhere.</summary>
    public TrainingStateFile? State { get; init; }

    /// <summary>Whether to go on with the training whose state is kept, if there is one.</summary>
    public bool Resume { get; init; }

    /// <summary>The other processes that train this network too, each from its part of every batch; null: there are none.</summary>
    public RankGroup? Ranks { get; init; }

    /// <summary>How many cores to use. It never changes the result.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
