using System.Numerics.Tensors;
using KafkaDatasets.Decoding;
using KafkaDatasets.Pipeline;

namespace KafkaDatasets;

/// <summary>
/// Rows as tensors, in pooled memory: dispose a batch when it is done with, and touch none of its spans after that.
/// A batch that is never disposed is garbage like any other object; its memory is then not used again.
/// </summary>
public sealed class TensorBatch : IDisposable
{
    private readonly RowLayout _layout;
    private readonly BlockReader _owner;
    private RowBlock? _block;

    internal TensorBatch(RowBlock block, RowLayout layout, BlockReader owner)
    {
        _block = block;
        _layout = layout;
        _owner = owner;
        Rows = block.Rows;
    }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>The features, [<see cref="Rows"/>, feature count], in the order of <see cref="KafkaDataset.Features"/>.</summary>
    public ReadOnlyTensorSpan<float> Features
    {
        get
        {
            if (_layout.Features < 0)
            {
                throw new InvalidOperationException("The dataset has no features: its schema has no numeric field besides the label.");
            }

            var column = (FixedColumn<float>)Block.Columns[_layout.Features];
            return new ReadOnlyTensorSpan<float>(column.Values.AsSpan(0, Rows * column.Width), [Rows, column.Width], []);
        }
    }

    /// <summary>The labels, [<see cref="Rows"/>].</summary>
    /// <exception cref="InvalidOperationException">The dataset was opened without a label.</exception>
    public ReadOnlyTensorSpan<float> Labels => _layout.Label >= 0
        ? Single(_layout.Label)
        : throw new InvalidOperationException($"The dataset was opened without a label: set {nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.Label)}.");

    /// <summary>The partition of each row.</summary>
    public ReadOnlySpan<int> Partitions => Block.Partitions;

    /// <summary>The offset of each row.</summary>
    public ReadOnlySpan<long> Offsets => Block.Offsets;

    /// <summary>A tensor named in <see cref="BatchOptions.Tensors"/>, [<see cref="Rows"/>]; a missing value is NaN.</summary>
    /// <param name="field">The field's name.</param>
    /// <exception cref="KeyNotFoundException">The field was not named.</exception>
    public ReadOnlyTensorSpan<float> this[string field] => _layout.TryGetField(field, out int column)
        ? Single(column)
        : throw new KeyNotFoundException($"The batch has no tensor '{field}': name it in {nameof(BatchOptions)}.{nameof(BatchOptions.Tensors)}.");

    private RowBlock Block => _block ?? throw new ObjectDisposedException(nameof(TensorBatch));

    /// <summary>Gives the memory back to the pool.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _block, null) is { } block)
        {
            _owner.Return(block);
        }
    }

    private ReadOnlyTensorSpan<float> Single(int column) =>
        new(((FixedColumn<float>)Block.Columns[column]).Values.AsSpan(0, Rows), [Rows], []);
}
