using System.Buffers;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Decodes only the records that a filter chooses.</summary>
internal sealed class SplitDecoder : IRowDecoder
{
    private readonly IRowDecoder _rows;
    private readonly IRecordFilter _filter;

    private SplitDecoder(IRowDecoder rows, IRecordFilter filter)
    {
        _rows = rows;
        _filter = filter;
    }

    public IReadOnlyList<BlockColumn> Layout => _rows.Layout;

    /// <summary>Wraps a decoder, or returns it unchanged when every record is a row.</summary>
    public static IRowDecoder Around(IRowDecoder rows, IRecordFilter? filter) => filter is null ? rows : new SplitDecoder(rows, filter);

    public void ThrowIfNothingDecoded()
    {
        _filter.ThrowIfNothingDecoded();
        _rows.ThrowIfNothingDecoded();
    }

    public async ValueTask DecodeAsync(RecordChunk chunk, int start, int count, RowBlock block, CancellationToken cancellationToken)
    {
        bool[] marks = ArrayPool<bool>.Shared.Rent(count);
        try
        {
            Memory<bool> chosen = marks.AsMemory(0, count);
            chosen.Span.Clear();
            await _filter.ChooseAsync(chunk, start, count, chosen, cancellationToken).ConfigureAwait(false);
            for (int first = 0; first < count;)
            {
                int skipped = chosen.Span[first..].IndexOf(true);
                if (skipped < 0)
                {
                    break;
                }

                first += skipped;
                int run = chosen.Span[first..].IndexOf(false) is >= 0 and var end ? end : count - first;
                await _rows.DecodeAsync(chunk, start + first, run, block, cancellationToken).ConfigureAwait(false);
                first += run;
            }
        }
        finally
        {
            ArrayPool<bool>.Shared.Return(marks);
        }
    }
}
