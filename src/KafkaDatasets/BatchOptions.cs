using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;

namespace KafkaDatasets;

/// <summary>Options of a pass in batches: the size and the tensors of each batch, and the order in which rows are read.</summary>
public sealed record BatchOptions
{
    /// <summary>
    /// The number of rows in each batch; the last batch may have fewer. With a <see cref="Shard"/>, this is the number of rows of all readers together: each reader takes
    /// <see cref="BatchSize"/> / <see cref="KafkaDatasets.Shard.World"/> of them (rounded up or down), so that training steps stay the same
    /// when the number of readers changes. Default 1000.
    /// </summary>
    public int BatchSize { get; init; } = 1000;

    /// <summary>Whether to drop the last batch if it has fewer than <see cref="BatchSize"/> rows. Default false.</summary>
    public bool DropRemainder { get; init; }

    /// <summary>
    /// Whether to fill the last batch up to <see cref="BatchSize"/> rows by repeating its rows, starting with the first; <see cref="TensorBatch.PaddedRows"/> counts the repeated rows. Default false.
    /// If false and the last batch has fewer rows than there are readers, some readers get an empty batch.
    /// </summary>
    public bool PadRemainder { get; init; }

    /// <summary>
    /// Additional columns that each batch holds as separate tensors: a column name for a tensor of 32-bit floating-point numbers, read by <c>batch["field"]</c>,
    /// or a <see cref="TensorColumn"/> for another type, a shape or padding, read by <c>batch.Get&lt;long&gt;("field")</c>. Default none.
    /// </summary>
    public IReadOnlyList<TensorColumn> Tensors { get; init; } = [];

    /// <summary>The shuffled order in which rows are read. Default null: the canonical order, or the order of <see cref="ResumeFrom"/>.</summary>
    /// <example><code>new BatchOptions { Shuffle = Shuffle.Seeded(seed: 42, epoch: 3) }</code></example>
    public Shuffle? Shuffle { get; init; }

    /// <summary>The part of each batch that this reader takes. Default <see cref="KafkaDatasets.Shard.Whole"/>.</summary>
    public Shard Shard { get; init; } = Shard.Whole;

    /// <summary>The <see cref="TensorBatch.State"/> of the last batch of an earlier pass: reading continues with the batch that would have followed. Default null: read from the start.</summary>
    public ReadState? ResumeFrom { get; init; }

    /// <summary>The order of a pass with these options.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="topic">The index of its topic, if the pass is over several.</param>
    internal ReadOrder OrderOf(DatasetSnapshot snapshot, int topic = 0) => ReadOrder.Of(snapshot, OwnShuffle, ResumeFrom?.Places[topic] ?? 0);

    /// <summary>The shuffle of a pass with these options; null for the canonical order.</summary>
    internal Shuffle? OwnShuffle => Shuffle ?? ResumeFrom?.Shuffle;

    /// <summary>Checks the options against a dataset.</summary>
    /// <returns>The columns of <see cref="Tensors"/>.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    /// <param name="schema">The columns of the dataset.</param>
    /// <param name="ignoreCase">Whether columns are found regardless of case.</param>
    /// <param name="checkState">Adds the problems of <see cref="ResumeFrom"/>.</param>
    internal IReadOnlyCollection<BlockColumn> Bind(DatasetSchema schema, bool ignoreCase, Action<ReadState, List<string>> checkState)
    {
        var faults = new List<string>();
        if (BatchSize < 1)
        {
            faults.Add(FormattableString.Invariant($"{nameof(BatchSize)} is {BatchSize}, less than 1"));
        }

        if (DropRemainder && PadRemainder)
        {
            faults.Add($"{nameof(DropRemainder)} and {nameof(PadRemainder)} are both set: choose one of them");
        }

        if (Shard is null)
        {
            faults.Add($"{nameof(Shard)} is null: leave it out, or set it to {nameof(KafkaDatasets.Shard)}.{nameof(KafkaDatasets.Shard.Whole)}");
        }

        if (ResumeFrom is not null)
        {
            checkState(ResumeFrom, faults);
        }

        var tensors = new Dictionary<string, BlockColumn>();
        foreach (TensorColumn? tensor in Tensors ?? [])
        {
            if (tensor is null)
            {
                faults.Add($"{nameof(Tensors)} has an entry that is null");
                continue;
            }

            if (ColumnRoles.Find(schema, tensor.Field, ignoreCase, nameof(Tensors), faults) is not { } column)
            {
                continue;
            }

            if (tensor.FaultOf(column) is { } fault)
            {
                faults.Add(fault);
            }
            else if (!tensors.TryAdd(column.Name, new BlockColumn(column, tensor)) && tensors[column.Name].Tensor!.ToString() != tensor.ToString())
            {
                faults.Add($"{nameof(Tensors)} names '{column.Name}' more than once, as different tensors");
            }
        }

        InvalidOptionsException.ThrowIfAny(nameof(BatchOptions), faults);
        return tensors.Values;
    }

    /// <summary>Adds the problems of a state of a dataset of one topic.</summary>
    internal void CheckState(ReadState state, DatasetSnapshot snapshot, DatasetSplit? split, List<string> faults)
    {
        if (state.Rows is not null)
        {
            faults.Add($"{nameof(ResumeFrom)} is of several topics: resume it with a {nameof(KafkaDatasetMix)} of the same topics");
        }
        else if (state.Topic != snapshot.Topic || state.Snapshot != snapshot.Fingerprint)
        {
            faults.Add($"{nameof(ResumeFrom)} is of another snapshot{(state.Topic == snapshot.Topic ? "" : $", of topic '{state.Topic}'")}: open the dataset with {nameof(TopicRange)}.{nameof(TopicRange.Snapshot)} and the snapshot that was read then");
        }
        else if (state.KnowsSplit && state.Split != ReadState.NameOf(split))
        {
            faults.Add($"{nameof(ResumeFrom)} is of {(state.Split is null ? "every row" : $"the split {state.Split}")}, and the dataset has {(split is null ? "every row" : $"the split {ReadState.NameOf(split)}")}: set {nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.Split)} to what was read then");
        }
        else if (ShuffleFault(state) is { } fault)
        {
            faults.Add(fault);
        }
        else if (state.Places[0] < 0 || state.Places[0] > ReadOrder.Of(snapshot, state.Shuffle).Length)
        {
            faults.Add($"{nameof(ResumeFrom)} is damaged: it is beyond the end of the snapshot");
        }
    }

    /// <summary>The problem of a state of a pass in another order; null if it is in the same order.</summary>
    internal string? ShuffleFault(ReadState state) => Shuffle is not null && !Shuffle.Equals(state.Shuffle)
        ? $"{nameof(ResumeFrom)} is of a pass with {(object?)state.Shuffle ?? "canonical order"}, and {nameof(Shuffle)} has {Shuffle}: a pass goes on in its own order"
        : null;
}
