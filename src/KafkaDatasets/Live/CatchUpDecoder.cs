using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Live;

/// <summary>The decoder of a live read in its catch-up passes. That none of their records can be decoded is a fault of the whole read, at its end; only one without an end must find it earlier.</summary>
/// <param name="rows">The decoder of the read.</param>
/// <param name="isEndless">Whether the read does not end by itself.</param>
/// <param name="session">The session.</param>
internal sealed class CatchUpDecoder(IRowDecoder rows, bool isEndless, LiveSession session) : IRowDecoder
{
    public IReadOnlyList<BlockColumn> Layout => rows.Layout;

    public ValueTask DecodeAsync(RecordChunk chunk, int start, int count, RowBlock block, CancellationToken cancellationToken) => rows.DecodeAsync(chunk, start, count, block, cancellationToken);

    public void ThrowIfNothingDecoded()
    {
        if (isEndless && !session.IsContinued)
        {
            rows.ThrowIfNothingDecoded();
        }
    }
}
