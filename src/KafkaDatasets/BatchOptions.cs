namespace KafkaDatasets;

/// <summary>What a batch is to hold.</summary>
public sealed record BatchOptions
{
    /// <summary>Rows per batch; the last batch may have fewer. Default 1000.</summary>
    public int BatchSize { get; init; } = 1000;

    /// <summary>Whether to leave out a last batch with fewer than <see cref="BatchSize"/> rows. Default false.</summary>
    public bool DropRemainder { get; init; }

    /// <summary>
    /// Further columns that each batch holds as tensors of their own: a name for one of 32-bit floating point, read by <c>batch["field"]</c>,
    /// or a <see cref="TensorColumn"/> for another type, a shape or padding, read by <c>batch.Get&lt;long&gt;("field")</c>. Default none.
    /// </summary>
    public IReadOnlyList<TensorColumn> Tensors { get; init; } = [];
}
