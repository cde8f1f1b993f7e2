using KafkaDatasets.Decoding;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats;

/// <summary>The frames of a range's first record, which is fetched once, on first use.</summary>
/// <param name="snapshot">The range.</param>
/// <param name="engine">The fetch engine.</param>
internal sealed class FirstRecord(DatasetSnapshot snapshot, IFetchEngine engine)
{
    private (byte[] Bytes, RecordChunk Headers, RecordEntry Entry)? _key;
    private (byte[] Bytes, RecordChunk Headers, RecordEntry Entry)? _value;
    private bool _isRead;

    /// <summary>Returns the frame of one of its parts, or null when there is no record, it lacks the part, or the part has no such frame.</summary>
    public async ValueTask<CopiedFrame?> ReadFrameAsync(DataPart part, RecordFraming framing, CancellationToken cancellationToken)
    {
        await EnsureReadAsync(cancellationToken).ConfigureAwait(false);
        if ((part == DataPart.Key ? _key : _value) is not { } found)
        {
            return null;
        }

        try
        {
            RecordFrame frame = Frames.Read(framing, part, found.Headers, in found.Entry, found.Bytes);
            return new CopiedFrame(frame.Schema, frame.IsInHeader, frame.Message.ToArray(), frame.Payload.ToArray());
        }
        catch (MalformedValueException)
        {
            return null;
        }
    }

    /// <summary>Describes, as sentences, what one of its parts has instead of the frame; null when there is no record, it lacks the part, or it has the frame.</summary>
    public async ValueTask<string?> DescribeAsync(DataPart part, RecordFraming framing, CancellationToken cancellationToken)
    {
        await EnsureReadAsync(cancellationToken).ConfigureAwait(false);
        if ((part == DataPart.Key ? _key : _value) is not { } found)
        {
            return null;
        }

        try
        {
            Frames.Read(framing, part, found.Headers, in found.Entry, found.Bytes);
            return null;
        }
        catch (MalformedValueException e)
        {
            string? look = Frames.Hint(part, found.Bytes, framing) ?? ValueGuess.Describe(part, found.Bytes, "", framing);
            return $"{Sentence.Of($"In the range's first record {e.Message}")} {look ?? $"If the {part}s have no frame, read them by their schema, for example with {nameof(RecordFormat)}.{nameof(RecordFormat.Avro)}(schema)."}";
        }
    }

    private async ValueTask EnsureReadAsync(CancellationToken cancellationToken)
    {
        if (!_isRead)
        {
            await FetchAsync(cancellationToken).ConfigureAwait(false);
            _isRead = true;
        }
    }

    private async ValueTask FetchAsync(CancellationToken cancellationToken)
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
                        Copy(chunk);
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

    private void Copy(RecordChunk chunk)
    {
        RecordEntry first = chunk.Entries[0];
        byte[] bytes = first.HeaderCount == 0 ? [] : chunk.Bytes.AsSpan(first.HeadersStart, chunk.ByteCount - first.HeadersStart).ToArray();
        var headers = new RecordChunk(chunk.Partition, static _ => { }) { Bytes = bytes, ByteCount = bytes.Length };
        RecordEntry entry = first with { HeadersStart = 0 };
        _key = first.KeyLength < 0 ? null : (chunk.Key(first).ToArray(), headers, entry);
        _value = (chunk.Value(first).ToArray(), headers, entry);
    }
}
