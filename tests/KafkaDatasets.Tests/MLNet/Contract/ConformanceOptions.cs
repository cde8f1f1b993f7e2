namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>How much is asked of a view.</summary>
internal sealed record ConformanceOptions
{
    /// <summary>
    /// False overlooks what ML.NET's own loaders allow themselves: getters give rubbish before the first row and after the last one,
    /// refuse an inactive column by some accident, batches are −1, and random numbers are drawn when the rows are read.
    /// </summary>
    public bool IsStrict { get; init; } = true;

    /// <summary>How long one check may take.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(30);
}
