using System.Numerics.Tensors;

namespace KafkaDatasets;

/// <summary>
/// Rows as tensors, in pooled memory: dispose a batch when it is done with, and touch none of its spans after that.
/// A batch that is never disposed is garbage like any other object; its memory is then not used again.
/// </summary>
public sealed class TensorBatch : IDisposable
{
    /// <summary>The number of rows.</summary>
    public int Rows => throw new NotImplementedException();

    /// <summary>The features, [<see cref="Rows"/>, feature count], in the order of <c>KafkaDataset.Features</c>.</summary>
    public ReadOnlyTensorSpan<float> Features => throw new NotImplementedException();

    /// <summary>The labels, [<see cref="Rows"/>].</summary>
    /// <exception cref="InvalidOperationException">The dataset was opened without a label.</exception>
    public ReadOnlyTensorSpan<float> Labels => throw new NotImplementedException();

    /// <summary>The partition of each row.</summary>
    public ReadOnlySpan<int> Partitions => throw new NotImplementedException();

    /// <summary>The offset of each row.</summary>
    public ReadOnlySpan<long> Offsets => throw new NotImplementedException();

    /// <summary>A tensor named in <see cref="BatchOptions.Tensors"/>, [<see cref="Rows"/>].</summary>
    /// <param name="field">The field's name.</param>
    /// <exception cref="KeyNotFoundException">The field was not named.</exception>
    public ReadOnlyTensorSpan<float> this[string field] => throw new NotImplementedException();

    /// <summary>Gives the memory back to the pool.</summary>
    public void Dispose() => throw new NotImplementedException();
}
