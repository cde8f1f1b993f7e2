namespace KafkaDatasets;

/// <summary>What a batch is to hold.</summary>
public sealed class BatchOptions
{
    /// <summary>Rows per batch; the last batch may have fewer. Default 1000.</summary>
    public int BatchSize { get; init; } = 1000;

    /// <summary>Whether to leave out a last batch with fewer than <see cref="BatchSize"/> rows. Default false.</summary>
    public bool DropRemainder { get; init; }

    /// <summary>Further numeric or Boolean fields that each batch holds as a tensor [Rows] of its own, read by <c>batch["field"]</c>. Default none.</summary>
    public IReadOnlyList<string> Tensors { get; init; } = [];
}
