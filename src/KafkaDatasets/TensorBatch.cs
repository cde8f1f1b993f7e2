using System.Numerics.Tensors;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Pipeline;
using KafkaDatasets.Rows;
using KafkaDatasets.Tensors;

namespace KafkaDatasets;

/// <summary>
/// A batch of rows as tensors, in pooled memory. Dispose each batch when you have finished with it, and do not use its spans afterwards: the memory is reused.
/// A batch that is never disposed is garbage-collected like any other object, but its memory is not reused.
/// </summary>
public sealed class TensorBatch : IDisposable
{
    private readonly BatchSource _source;
    private readonly BatchEnd _end;
    private RowBlock? _block;

    internal TensorBatch(RowBlock block, BatchSource source, BatchEnd end)
    {
        _block = block;
        _source = source;
        _end = end;
        Rows = block.Rows;
    }

    /// <summary>The number of rows: <see cref="BatchOptions.BatchSize"/>, or fewer in the last batch of a pass.</summary>
    public int Rows { get; }

    /// <summary>The number of rows at the end of the batch that repeat others because of <see cref="BatchOptions.PadRemainder"/>.</summary>
    public int PaddedRows => _end.Padded;

    /// <summary>The position after this batch, for <see cref="BatchOptions.ResumeFrom"/>; it is the same for every <see cref="Shard"/>, and remains available after <see cref="Dispose"/>.</summary>
    /// <example><code>File.WriteAllText("state.json", batch.State.ToJson());</code></example>
    /// <exception cref="InvalidOperationException">The batch belongs to a live read, which resumes at the group's committed offsets instead.</exception>
    public ReadState State => _source.Identity is null
        ? throw new InvalidOperationException($"A batch of a live read has no state: {nameof(LiveBatch)}.{nameof(LiveBatch.CommitAsync)} stores the position instead.")
        : _end.ToState(_source.Identity, _source.Order);

    /// <summary>The features, of shape [<see cref="Rows"/>, number of features], in the order of <see cref="KafkaDataset.Features"/>. A missing value is NaN.</summary>
    /// <exception cref="InvalidOperationException">The dataset has no features.</exception>
    /// <exception cref="ObjectDisposedException">The batch has been disposed.</exception>
    public ReadOnlyTensorSpan<float> Features
    {
        get
        {
            if (Layout.Features < 0)
            {
                throw new InvalidOperationException("The dataset has no features: its schema has no numeric field besides the label.");
            }

            var column = (FixedColumn<float>)Block.Columns[Layout.Features];
            return new ReadOnlyTensorSpan<float>(column.Values.AsSpan(0, Rows * column.Width), [Rows, column.Width], []);
        }
    }

    /// <summary>The labels, of shape [<see cref="Rows"/>]: 0 or 1 for a binary label, the zero-based class for a category label, and the number for a regression label. A missing value is NaN.</summary>
    /// <exception cref="InvalidOperationException">The dataset was opened without a label.</exception>
    public ReadOnlyTensorSpan<float> Labels => Layout.Label >= 0
        ? Single(Layout.Label)
        : throw new InvalidOperationException($"The dataset was opened without a label: set {nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.Label)}.");

    /// <summary>The partition of each row's record, of length <see cref="Rows"/>.</summary>
    public ReadOnlySpan<int> Partitions => Block.Partitions;

    /// <summary>The index of each row's topic in <see cref="KafkaDatasetMix.Datasets"/>, of length <see cref="Rows"/>; 0 in every row if the batch is not of a <see cref="KafkaDatasetMix"/>.</summary>
    public ReadOnlySpan<int> Topics => Block.Topics is { IsEmpty: false } topics ? topics : new int[Rows];

    /// <summary>The offset of each row's record in its partition, of length <see cref="Rows"/>.</summary>
    public ReadOnlySpan<long> Offsets => Block.Offsets;

    /// <summary>The timestamp of each row's record, of length <see cref="Rows"/>, in milliseconds since 1970-01-01 UTC; −1 if the record has none.</summary>
    public ReadOnlySpan<long> Timestamps => Block.Timestamps;

    /// <summary>A tensor of 32-bit floating-point numbers named in <see cref="BatchOptions.Tensors"/>, of shape [<see cref="Rows"/>] or [<see cref="Rows"/>, …shape]; a missing value is NaN.</summary>
    /// <param name="field">The column's name.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="KeyNotFoundException"><see cref="BatchOptions.Tensors"/> does not name the column.</exception>
    /// <exception cref="InvalidOperationException"><see cref="BatchOptions.Tensors"/> names the column as a tensor of another type.</exception>
    public ReadOnlyTensorSpan<float> this[string field] => Get<float>(field);

    /// <summary>Gets a tensor named in <see cref="BatchOptions.Tensors"/>, of shape [<see cref="Rows"/>] or [<see cref="Rows"/>, …shape].</summary>
    /// <param name="field">The column's name.</param>
    /// <typeparam name="T">The type of the elements: float, double, int or long, the same as that of the <see cref="TensorColumn"/>.</typeparam>
    /// <returns>The tensor.</returns>
    /// <exception cref="KeyNotFoundException"><see cref="BatchOptions.Tensors"/> does not name the column.</exception>
    /// <exception cref="InvalidOperationException"><see cref="BatchOptions.Tensors"/> names the column as a tensor of another type.</exception>
    public ReadOnlyTensorSpan<T> Get<T>(string field)
        where T : unmanaged
    {
        if (!Layout.TryGetField(field, out int index))
        {
            throw new KeyNotFoundException($"The batch has no tensor '{field}': name it in {nameof(BatchOptions)}.{nameof(BatchOptions.Tensors)}.{SimilarNames.Hint(field, Layout.FieldNames)}");
        }

        BlockColumn definition = Layout.Columns[index];
        if (Block.Columns[index] is not FixedColumn<T> column)
        {
            throw new InvalidOperationException($"The tensor '{field}' is of type {definition.Type}, not {typeof(T).Name}: name it in {nameof(BatchOptions)}.{nameof(BatchOptions.Tensors)} as another {nameof(TensorColumn)}.");
        }

        ReadOnlySpan<T> values = column.Values.AsSpan(0, Rows * column.Width);
        return (definition.Tensor!.Shape, definition.Fields[0].IsVector) switch
        {
            ({ } shape, _) => new ReadOnlyTensorSpan<T>(values, [Rows, .. shape.Select(length => (nint)length)], []),
            (null, true) => new ReadOnlyTensorSpan<T>(values, [Rows, column.Width], []),
            _ => new ReadOnlyTensorSpan<T>(values, [Rows], []),
        };
    }

    /// <summary>The reader of the pass, to which the memory is returned.</summary>
    internal IRowReader Owner => _source.Rows;

    private RowLayout Layout => _source.Layout;

    private RowBlock Block => _block ?? throw new ObjectDisposedException(nameof(TensorBatch));

    /// <summary>Returns the memory to the pool. Further calls do nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _block, null) is { } block)
        {
            _source.Rows.Return(block);
        }
    }

    private ReadOnlyTensorSpan<float> Single(int column) =>
        new(((FixedColumn<float>)Block.Columns[column]).Values.AsSpan(0, Rows), [Rows], []);
}
