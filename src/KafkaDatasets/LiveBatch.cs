using KafkaDatasets.Live;
using KafkaDatasets.MLNet;
using KafkaDatasets.Rows;
using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>
/// Rows of a live read, with the offsets that they cover. Commit a batch when the model has learned from it, or its scores are written, and dispose it.
/// A batch that is disposed without being committed is a hole: nothing after it is committed, so that its rows are read again after a restart.
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

    /// <summary>The number of rows.</summary>
    public int Rows => Tensors.Rows;

    /// <summary>The rows as tensors, valid until <see cref="Dispose"/>.</summary>
    public TensorBatch Tensors { get; }

    /// <summary>The offsets that the batch covers, ascending by partition: its rows, and what lies between and before them without being a row (gaps, markers, skipped records).</summary>
    public IReadOnlyList<PartitionRange> Ranges { get; }

    /// <summary>The rows as a view, valid until <see cref="Dispose"/>: <c>Label</c>, <c>Features</c>, <see cref="LiveBatchOptions.Columns"/>, and <c>Partition</c>, <c>Offset</c>, <c>Timestamp</c>.</summary>
    /// <param name="ml">The context in which it is used.</param>
    /// <returns>The view; any number of cursors may read it.</returns>
    /// <exception cref="ObjectDisposedException">The batch is disposed; cursors throw it too.</exception>
    public IDataView ToDataView(MLContext ml)
    {
        ArgumentNullException.ThrowIfNull(ml);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new BlockView(_block, _layout, _session.ViewSchemaOf(_layout), () => _disposed);
    }

    /// <summary>
    /// Commits the offsets of this batch to the group, as far as every batch before it is committed: never past a hole. It returns when the brokers have stored them,
    /// or at once where an earlier batch is not committed yet; they are then committed together with that one.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; the offsets may be committed anyway.</param>
    /// <returns>A task.</returns>
    /// <exception cref="PartitionsLostException">Partitions of the batch belong to another member by now; the offsets of the others are committed.</exception>
    /// <exception cref="BrokerException">The brokers did not store them in time.</exception>
    public ValueTask CommitAsync(CancellationToken cancellationToken = default) => _session.CommitAsync(_given, cancellationToken);

    /// <summary>Gives the memory back. Offsets that were not committed stay uncommitted.</summary>
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
