using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;

namespace KafkaDatasets;

/// <summary>What a batch holds, and in which order rows are read.</summary>
public sealed record BatchOptions
{
    /// <summary>
    /// Rows per batch; the last batch may have fewer. With a <see cref="Shard"/> these are the rows of all readers together: each takes
    /// <see cref="BatchSize"/> / <see cref="KafkaDatasets.Shard.World"/> of them (one more or less where that is no whole number), so that training steps stay the same
    /// when the number of readers changes. Default 1000.
    /// </summary>
    public int BatchSize { get; init; } = 1000;

    /// <summary>Whether to drop a last batch with fewer than <see cref="BatchSize"/> rows. Default false.</summary>
    public bool DropRemainder { get; init; }

    /// <summary>
    /// Whether to fill a last batch with fewer than <see cref="BatchSize"/> rows by repeating its rows from the first on; <see cref="TensorBatch.PaddedRows"/> counts them. Default false.
    /// Without it, a last batch of fewer rows than there are readers gives some readers a batch of no rows.
    /// </summary>
    public bool PadRemainder { get; init; }

    /// <summary>
    /// Further columns that each batch holds as tensors of their own: a name for one of 32-bit floating point, read by <c>batch["field"]</c>,
    /// or a <see cref="TensorColumn"/> for another type, a shape or padding, read by <c>batch.Get&lt;long&gt;("field")</c>. Default none.
    /// </summary>
    public IReadOnlyList<TensorColumn> Tensors { get; init; } = [];

    /// <summary>The shuffled order in which rows are read. Default null: canonical order, or that of <see cref="ResumeFrom"/>.</summary>
    /// <example><code>new BatchOptions { Shuffle = Shuffle.Seeded(seed: 42, epoch: 3) }</code></example>
    public Shuffle? Shuffle { get; init; }

    /// <summary>The part of each batch that this reader takes. Default <see cref="KafkaDatasets.Shard.Whole"/>.</summary>
    public Shard Shard { get; init; } = Shard.Whole;

    /// <summary>The state after the last batch of an earlier pass: reading goes on with the batches that would have followed. Default null: from the start.</summary>
    public ReadState? ResumeFrom { get; init; }

    /// <summary>The order of a pass with these options.</summary>
    internal ReadOrder OrderOf(DatasetSnapshot snapshot) => ReadOrder.Of(snapshot, Shuffle ?? ResumeFrom?.Shuffle, ResumeFrom?.Place ?? 0);

    /// <summary>Checks the options against a dataset.</summary>
    /// <returns>The columns of <see cref="Tensors"/>.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    internal IReadOnlyCollection<BlockColumn> Bind(DatasetSchema schema, DatasetSnapshot snapshot, bool ignoreCase)
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
            CheckState(ResumeFrom, snapshot, faults);
        }

        var tensors = new Dictionary<string, BlockColumn>();
        foreach (TensorColumn tensor in Tensors ?? [])
        {
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

    private void CheckState(ReadState state, DatasetSnapshot snapshot, List<string> faults)
    {
        if (state.Topic != snapshot.Topic || state.Snapshot != snapshot.Fingerprint)
        {
            faults.Add($"{nameof(ResumeFrom)} is of another snapshot{(state.Topic == snapshot.Topic ? "" : $", of topic '{state.Topic}'")}: open the dataset with {nameof(TopicRange)}.{nameof(TopicRange.Snapshot)} and the snapshot that was read then");
        }
        else if (Shuffle is not null && !Shuffle.Equals(state.Shuffle))
        {
            faults.Add($"{nameof(ResumeFrom)} is of a pass with {(object?)state.Shuffle ?? "canonical order"}, and {nameof(Shuffle)} has {Shuffle}: a pass goes on in its own order");
        }
        else if (state.Place < 0 || state.Place > ReadOrder.Of(snapshot, state.Shuffle).Length)
        {
            faults.Add($"{nameof(ResumeFrom)} is damaged: it is beyond the end of the snapshot");
        }
    }
}
