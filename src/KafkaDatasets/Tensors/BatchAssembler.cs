using System.Runtime.CompilerServices;
using KafkaDatasets.Pipeline;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Tensors;

/// <summary>
/// Makes batches of exactly the wanted size out of blocks. A block that has that size is the batch itself;
/// shorter ones (large records, records left out, large batches) are put together.
/// </summary>
internal sealed class BatchAssembler(BlockReader reader, int batchSize)
{
    private RowBlock? _source;
    private int _sourceRow;

    /// <summary>The next batch, the caller's; null at the end.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RowBlock?> ReadAsync()
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

            if (batch is null && _sourceRow == 0 && _source.Rows == batchSize)
            {
                batch = _source;
                _source = null;
                return batch;
            }

            batch ??= reader.Rent();
            int count = Math.Min(batchSize - batch.Rows, _source.Rows - _sourceRow);
            batch.Append(_source, _sourceRow, count, batchSize);
            _sourceRow += count;
            if (batch.Rows == batchSize)
            {
                return batch;
            }
        }
    }
}
