using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats;

/// <summary>The framing of a range's first record: fetched when it is first asked for, once.</summary>
/// <param name="snapshot">The range.</param>
/// <param name="engine">The fetch engine.</param>
internal sealed class FirstRecord(DatasetSnapshot snapshot, IFetchEngine engine)
{
    private bool _isRead;
    private (WriterId, byte[])? _key;
    private (WriterId, byte[])? _value;

    /// <summary>The writer of one of its parts, and what follows the writer's id; null where there is no record, it lacks the part, or the part has no framing.</summary>
    public async ValueTask<(WriterId Writer, byte[] Framing)?> FramingAsync(DataPart part, CancellationToken cancellationToken)
    {
        if (!_isRead)
        {
            await ReadAsync(cancellationToken).ConfigureAwait(false);
            _isRead = true;
        }

        return part == DataPart.Key ? _key : _value;
    }

    private async ValueTask ReadAsync(CancellationToken cancellationToken)
    {
        await using IRecordSource source = engine.OpenSource(ReadOrder.Of(snapshot), KafkaDatasetOptions.MinPrefetchBytes);
        for (int i = 0; i < snapshot.Partitions.Count; i++)
        {
            while (snapshot.Partitions[i].Length > 0 && await source.ReadAsync(i, cancellationToken).ConfigureAwait(false) is { } chunk)
            {
                try
                {
                    if (chunk.Count > 0)
                    {
                        RecordEntry first = chunk.Entries[0];
                        _key = first.KeyLength < 0 ? null : ReadFraming(DataPart.Key, chunk, first, chunk.Key(first));
                        _value = ReadFraming(DataPart.Value, chunk, first, chunk.Value(first));
                        return;
                    }
                }
                finally
                {
                    chunk.Release();
                }
            }
        }
    }

    private static (WriterId, byte[])? ReadFraming(DataPart part, RecordChunk chunk, in RecordEntry entry, ReadOnlySpan<byte> bytes)
    {
        int length = bytes.Length;
        try
        {
            WriterId writer = WriterId.Read(part, chunk, entry, ref bytes, out ReadOnlySpan<byte> rest);
            return (writer, bytes.Length == length ? rest.ToArray() : bytes.ToArray());
        }
        catch (MalformedValueException)
        {
            return null;
        }
    }
}
