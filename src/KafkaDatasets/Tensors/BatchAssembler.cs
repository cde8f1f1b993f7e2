using System.Runtime.CompilerServices;
using KafkaDatasets.Pipeline;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Tensors;

/// <summary>
/// Forms batches of the requested size from blocks, and takes the shard's part of each. A block of that size becomes the batch itself, without copying;
/// shorter blocks (because of large records, skipped records or large batches) are combined.
/// </summary>
internal sealed class BatchAssembler(IRowReader reader, BatchOptions options)
{
    private readonly int _batchSize = options.BatchSize;
    private readonly bool _isWhole = options.Shard.World == 1;
    private RowBlock? _source;
    private int _sourceRow;

    /// <summary>The position at which the last batch ends.</summary>
    public BatchEnd End { get; private set; }

    /// <summary>Returns the next batch, which the caller then owns; null at the end.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RowBlock?> ReadAsync()
    {
        RowBlock? batch = await AssembleAsync().ConfigureAwait(false);
        if (batch is null || (batch.Rows < _batchSize && options.DropRemainder))
        {
            return null;
        }

        int last = batch.Rows - 1;
        End = reader switch
        {
            MixReader mix => new BatchEnd(default, 0, mix.Position),
            WindowReader window => new BatchEnd(new RowEnd(window.PlaceAfter(last)), 0),
            _ => new BatchEnd(new RowEnd(-1, batch.Partitions[last], batch.Offsets[last]), 0),
        };
        return _isWhole && (batch.Rows == _batchSize || !options.PadRemainder) ? batch : Share(batch);
    }

    /// <summary>Returns the shard's part of a batch, padded if the options request it.</summary>
    private RowBlock Share(RowBlock batch)
    {
        Shard shard = options.Shard;
        long rows = options.PadRemainder ? _batchSize : batch.Rows;
        int from = (int)(rows * shard.Rank / shard.World);
        int to = (int)(rows * (shard.Rank + 1) / shard.World);
        End = End with { Padded = Math.Max(0, to - Math.Max(from, batch.Rows)) };
        RowBlock part = reader.Rent();
        while (from < to)
        {
            int row = from % batch.Rows;
            int count = Math.Min(to - from, batch.Rows - row);
            part.Append(batch, row, count, _batchSize);
            from += count;
        }

        reader.Return(batch);
        return part;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<RowBlock?> AssembleAsync()
    {
        RowBlock? batch = null;
        while (true)
        {
            _source ??= await reader.ReadAsync().ConfigureAwait(false);
            if (_source is null)
            {
                return batch;
            }

            if (_sourceRow == _source.Rows)
            {
                reader.Return(_source);
                _source = null;
                _sourceRow = 0;
                continue;
            }

            if (batch is null && _sourceRow == 0 && _source.Rows == _batchSize)
            {
                batch = _source;
                _source = null;
                return batch;
            }

            batch ??= reader.Rent();
            int count = Math.Min(_batchSize - batch.Rows, _source.Rows - _sourceRow);
            batch.Append(_source, _sourceRow, count, _batchSize);
            _sourceRow += count;
            if (batch.Rows == _batchSize)
            {
                return batch;
            }
        }
    }
}
