using System.Buffers;
using System.Collections.Concurrent;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Chooses records by the value of one column, decoded for every record; one that cannot be decoded is a bad record in every split.</summary>
/// <param name="decoder">Decodes the column, and counts the bad records of one pass.</param>
/// <param name="field">The column.</param>
/// <param name="split">The split.</param>
internal sealed class FieldFilter(IRowDecoder decoder, DatasetColumn field, DatasetSplit.FieldSplit split) : IRecordFilter
{
    private readonly KeyedHash _hash = SplitFilter.HashOf(split);
    private readonly ConcurrentBag<RowBlock> _blocks = [];

    public void ThrowIfNothingDecoded() => decoder.ThrowIfNothingDecoded();

    public async ValueTask ChooseAsync(RecordChunk chunk, int start, int count, Memory<bool> chosen, CancellationToken cancellationToken)
    {
        RowBlock block = _blocks.TryTake(out RowBlock? used) ? used : new RowBlock(decoder.Layout);
        block.Clear();
        block.EnsureRows(count);
        await decoder.DecodeAsync(chunk, start, count, block, cancellationToken).ConfigureAwait(false);
        Choose(chunk, start, block, chosen.Span);
        _blocks.Add(block);
    }

    private void Choose(RecordChunk chunk, int start, RowBlock block, Span<bool> chosen)
    {
        var bytes = new ArrayBufferWriter<byte>();
        for (int row = 0, i = 0; row < block.Rows; row++, i++)
        {
            while (chunk.Entries[start + i].Offset != block.Offsets[row])
            {
                i++; // a bad record, which is skipped
            }

            bytes.ResetWrittenCount();
            chosen[i] = split.Contains(ValueBytes.Write(bytes, block.Columns[0], field, row)
                ? _hash.Of(bytes.WrittenSpan)
                : SplitFilter.HashOfPosition(_hash, chunk.Partition, block.Offsets[row], bytes));
        }
    }
}
