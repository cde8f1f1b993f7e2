using KafkaDatasets.Diagnostics;

namespace KafkaDatasets;

/// <summary>Options of a live read: what a batch holds, when it is returned, and when the read ends.</summary>
public sealed record LiveBatchOptions
{
    /// <summary>The maximum number of rows in a batch. Default 1000. A batch of large rows has fewer: it is also full when its rows take a quarter of <see cref="KafkaDatasetOptions.PrefetchBytes"/>.</summary>
    public int BatchSize { get; init; } = 1000;

    /// <summary>How long a batch that is not full waits for more rows after its first row. Default 100 milliseconds; zero returns the rows that are available.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>When the read ends by itself. Default <see cref="StopAt.Never"/>.</summary>
    public StopAt StopAt { get; init; } = StopAt.Never;

    /// <summary>Additional columns that each batch holds as separate tensors, as in <see cref="BatchOptions.Tensors"/>. Default none.</summary>
    public IReadOnlyList<TensorColumn> Tensors { get; init; } = [];

    /// <summary>
    /// The names of the columns that <see cref="LiveBatch.ToDataView"/> shows besides <c>Label</c>, <c>Features</c>, <c>Partition</c>, <c>Offset</c> and <c>Timestamp</c>. Only columns named here are decoded for the view.
    /// Default none.
    /// </summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    internal void Validate()
    {
        var faults = new List<string>();
        if (BatchSize < 1)
        {
            faults.Add(FormattableString.Invariant($"{nameof(BatchSize)} is {BatchSize}, less than 1"));
        }

        TimeFaults.CheckDelay(MaxDelay, nameof(MaxDelay), faults);

        if (StopAt is null)
        {
            faults.Add($"{nameof(StopAt)} is null: leave it out for {nameof(KafkaDatasets.StopAt)}.{nameof(KafkaDatasets.StopAt.Never)}");
        }

        InvalidOptionsException.ThrowIfAny(nameof(LiveBatchOptions), faults);
    }
}
