using KafkaDatasets.Live;
using KafkaDatasets.MLNet;
using KafkaDatasets.Rows;
using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>
/// A batch of rows of a live read, with the offsets that it covers. Commit the batch after processing it (for example when its scores are written), and dispose it.
/// If a batch is disposed without being committed, no later batch of the same partitions is committed either, so that its rows are read again after a restart.
/// </summary>
public sealed class LiveBatch : IDisposable
{
    private readonly LiveSession _session;
    private readonly GivenRanges _given;
    private readonly RowBlock _block;
    private readonly RowLayout _layout;
    private bool _disposed;

    internal LiveBatch(LiveSession session, GivenRanges given, RowBlock block, RowLayout layout, TensorBatch tensors)
    {
        _session = session;
        _given = given;
        _block = block;
        _layout = layout;
        Tensors = tensors;
        Ranges = given.Ranges;
    }

    internal GivenRanges Given => _given;

    internal RowBlock Block => _block;

    /// <summary>The number of rows.</summary>
    public int Rows => Tensors.Rows;

    /// <summary>The rows as tensors, valid until <see cref="Dispose"/>.</summary>
    public TensorBatch Tensors { get; }

    /// <summary>The offsets that the batch covers, in ascending order of partitions: those of its rows, and those before and between them that are not rows (gaps, transaction markers, skipped records).</summary>
    public IReadOnlyList<PartitionRange> Ranges { get; }

    /// <summary>Returns the rows as an ML.NET view, valid until <see cref="Dispose"/>, with <c>Label</c>, <c>Features</c>, <see cref="LiveBatchOptions.Columns"/>, <c>Partition</c>, <c>Offset</c> and <c>Timestamp</c>.</summary>
    /// <param name="ml">The context in which the view is used.</param>
    /// <returns>The view; any number of cursors may read it.</returns>
    /// <exception cref="ObjectDisposedException">The batch is disposed; cursors of the view throw the exception too.</exception>
    public IDataView ToDataView(MLContext ml)
    {
        ArgumentNullException.ThrowIfNull(ml);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new BlockView(_block, _layout, _session.ViewSchemaOf(_layout), () => _disposed);
    }

    /// <summary>
    /// Commits the offsets of this batch to the group, in each partition only if all its earlier batches are committed. It completes when the brokers have stored the offsets,
    /// or immediately if an earlier batch is not committed yet; the offsets are then committed together with that batch.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait; the offsets may still be committed.</param>
    /// <returns>A task that completes when the offsets are stored, or are waiting for an earlier batch.</returns>
    /// <exception cref="PartitionsLostException">Partitions of the batch now belong to another member; the offsets of the other partitions are committed.</exception>
    /// <exception cref="BrokerException">The brokers did not store the offsets in time.</exception>
    public ValueTask CommitAsync(CancellationToken cancellationToken = default) => _session.CommitAsync(_given, cancellationToken);

    /// <summary>Returns the memory to the pool. If the batch was not committed, its offsets stay uncommitted.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _session.Finish(_given);
        Tensors.Dispose();
    }
}
