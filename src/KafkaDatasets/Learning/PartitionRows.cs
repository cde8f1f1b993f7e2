using KafkaDatasets.Pipeline;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Learning;

/// <summary>The rows of one partition, from a first offset on, range by range.</summary>
internal sealed class PartitionRows : IAsyncDisposable
{
    private const int BlockRows = 1024;

    private readonly RowLayout _layout;
    private readonly BlockReader _reader;
    private readonly IRowReader _rows;
    private RowBlock? _block;
    private int _next;

    public PartitionRows(KafkaDataset dataset, PartitionRange range, CancellationToken cancellationToken)
    {
        _layout = dataset.LayoutOf(true, []);
        var snapshot = new DatasetSnapshot(dataset.Snapshot.Topic, dataset.Snapshot.TopicId, [range]);
        (_reader, _rows) = dataset.OpenRange(ReadOrder.Of(snapshot), _layout, BlockRows, cancellationToken);
    }

    /// <summary>Appends the rows of a range, which does not begin before the last one ended.</summary>
    public async ValueTask ReadAsync(PartitionRange range, ArrangedRows to)
    {
        while (true)
        {
            if (_block is null)
            {
                _block = await _rows.ReadAsync().ConfigureAwait(false);
                _next = 0;
                if (_block is null)
                {
                    return;
                }
            }

            Append(_block, range, to);
            if (_next < _block.Rows)
            {
                return;
            }

            _rows.Return(_block);
            _block = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_block is not null)
        {
            _rows.Return(_block);
        }

        await _reader.DisposeAsync().ConfigureAwait(false);
    }

    private void Append(RowBlock block, PartitionRange range, ArrangedRows to)
    {
        ReadOnlySpan<long> offsets = block.Offsets;
        while (_next < block.Rows && offsets[_next] < range.Start)
        {
            _next++;
        }

        int start = _next;
        while (_next < block.Rows && offsets[_next] < range.End)
        {
            _next++;
        }

        var features = (FixedColumn<float>)block.Columns[_layout.Features];
        var labels = (FixedColumn<float>)block.Columns[_layout.Label];
        to.Add(range.Partition, offsets[start.._next], features.Values.AsSpan(start * features.Width, (_next - start) * features.Width), labels.Values.AsSpan(start, _next - start));
    }
}
