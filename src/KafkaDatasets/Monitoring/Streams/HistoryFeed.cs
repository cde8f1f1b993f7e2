using KafkaDatasets.Monitoring.Joining;
using KafkaDatasets.Pipeline;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Streams;

/// <summary>The rows of a bounded dataset, in canonical order.</summary>
internal sealed class HistoryFeed(KafkaDataset dataset) : RowFeed
{
    private readonly Dictionary<int, PartitionRange> _ranges = dataset.Snapshot.Partitions.ToDictionary(p => p.Partition);
    private BlockReader? _reader;
    private IRowReader? _rows;
    private RowBlock? _block;
    private int _blockRows;
    private long _read;

    public override DatasetSchema Schema => dataset.Schema;

    public override ColumnRoles Roles => dataset.Roles;

    public override EventClock Clock { get; } = new(dataset.Snapshot.Partitions.Where(p => p.Length > 0).Select(p => p.Partition));

    public override double Progress => dataset.Snapshot.Length == 0 ? 1 : (double)_read / dataset.Snapshot.Length;

    public override void Choose(bool withFeatures, IReadOnlyList<TensorColumn> numbers, IReadOnlyList<string> columns, int blockRows)
    {
        _blockRows = blockRows;
        Layout = new RowLayout(
            dataset.Roles,
            withFeatures,
            [
                .. numbers.Select(n => new BlockColumn(ColumnOf(n.Field), n)),
                .. columns.Select(c => new BlockColumn(ColumnOf(c))),
            ]);
    }

    public override async ValueTask<RowBlock?> ReadAsync(CancellationToken cancellationToken)
    {
        if (_rows is null)
        {
            (_reader, _rows) = dataset.OpenRange(ReadOrder.Of(dataset.Snapshot), Layout, _blockRows, cancellationToken);
        }

        if (_block is { } before)
        {
            _block = null;
            _rows.Return(before);
        }

        _block = await _rows.ReadAsync().ConfigureAwait(false);
        return _block;
    }

    public override void OnRead(RowBlock block)
    {
        if (block.Rows == 0)
        {
            return;
        }

        // In canonical order, partitions that have no stripe of this number have been read whole.
        _read += block.Rows;
        int stripeLength = dataset.Snapshot.StripeLength;
        long stripe = (block.Offsets[^1] - _ranges[block.Partitions[^1]].Start) / stripeLength;
        foreach (PartitionRange range in dataset.Snapshot.Partitions)
        {
            if (range.Length <= stripe * stripeLength)
            {
                Clock.Close(range.Partition);
            }
        }

        Clock.Advance();
    }

    public override async ValueTask DisposeAsync()
    {
        if (_block is { } block)
        {
            _block = null;
            _rows!.Return(block);
        }

        if (_reader is not null)
        {
            await _reader.DisposeAsync().ConfigureAwait(false);
        }

        await dataset.DisposeAsync().ConfigureAwait(false);
    }

    private DatasetColumn ColumnOf(string name) => Schema.TryGetColumn(name, out DatasetColumn? column) ? column : throw new System.Diagnostics.UnreachableException($"column {name}");
}
