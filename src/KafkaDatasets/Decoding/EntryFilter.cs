using System.Buffers;
using KafkaDatasets.Fetching;

namespace KafkaDatasets.Decoding;

/// <summary>Chooses records by their keys, positions or timestamps, without decoding them.</summary>
internal sealed class EntryFilter : IRecordFilter
{
    private readonly Func<RecordChunk, int, ArrayBufferWriter<byte>, bool> _isChosen;

    public EntryFilter(DatasetSplit.KeySplit split)
    {
        KeyedHash hash = SplitFilter.HashOf(split);
        _isChosen = (chunk, index, bytes) => split.Contains(chunk.Entries[index].KeyLength >= 0 ? hash.Of(chunk.Key(chunk.Entries[index])) : SplitFilter.HashOfPosition(hash, chunk.Partition, chunk.Entries[index].Offset, bytes));
    }

    public EntryFilter(DatasetSplit.OffsetSplit split)
    {
        KeyedHash hash = SplitFilter.HashOf(split);
        _isChosen = (chunk, index, bytes) => split.Contains(SplitFilter.HashOfPosition(hash, chunk.Partition, chunk.Entries[index].Offset, bytes));
    }

    public EntryFilter(DatasetSplit.TimeSplit split)
    {
        (long first, long end) = (split.FirstMilliseconds, split.EndMilliseconds);
        _isChosen = (chunk, index, _) => chunk.Entries[index].Timestamp is var time && time >= first && time < end;
    }

    public void ThrowIfNothingDecoded()
    {
    }

    public ValueTask ChooseAsync(RecordChunk chunk, int start, int count, Memory<bool> chosen, CancellationToken cancellationToken)
    {
        var bytes = new ArrayBufferWriter<byte>();
        Span<bool> marks = chosen.Span;
        for (int i = 0; i < count; i++)
        {
            marks[i] = _isChosen(chunk, start + i, bytes);
        }

        return ValueTask.CompletedTask;
    }
}
