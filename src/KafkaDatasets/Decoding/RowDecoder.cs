using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Decodes records by the plans of each one's writers: framed by Confluent's serializers, or bare; first the key where it is read, then the value.</summary>
/// <param name="values">The decode plans of the values.</param>
/// <param name="keys">Those of the keys; null: keys are not read.</param>
/// <param name="layout">The columns of the blocks.</param>
/// <param name="badRecords">What happens with records that cannot be decoded.</param>
internal sealed class RowDecoder(PartPlans values, PartPlans? keys, IReadOnlyList<BlockColumn> layout, BadRecords badRecords) : IRowDecoder
{
    private RecordDecodingException? _firstBad;
    private long _bad;
    private volatile bool _hasDecoded;

    public IReadOnlyList<BlockColumn> Layout => layout;

    public void ThrowIfNothingDecoded()
    {
        if (!_hasDecoded && Volatile.Read(ref _firstBad) is { } first)
        {
            throw badRecords.NothingDecoded(first, Interlocked.Read(ref _bad));
        }
    }

    public ValueTask DecodeAsync(RecordChunk chunk, int start, int count, RowBlock block, CancellationToken cancellationToken)
    {
        int rows = block.Rows;
        int next = DecodeKnown(chunk, start, start + count, block, out PartPlans? lacking, out WriterSchemaId unknown);
        _hasDecoded |= block.Rows > rows;
        return lacking is null ? ValueTask.CompletedTask : DecodeRestAsync(chunk, next, start + count, block, lacking, unknown, cancellationToken);
    }

    private async ValueTask DecodeRestAsync(RecordChunk chunk, int next, int end, RowBlock block, PartPlans? lacking, WriterSchemaId unknown, CancellationToken cancellationToken)
    {
        while (lacking is not null)
        {
            try
            {
                await lacking.LoadAsync(unknown, cancellationToken).ConfigureAwait(false);
            }
            catch (SchemaException e) when (!e.IsRegistryFault)
            {
                LeaveOut(badRecords.Handle(chunk, next, lacking, e, unknown));
                next++;
            }
            catch (SchemaException e)
            {
                throw badRecords.Locate(chunk, next, lacking.Part, e, unknown);
            }

            int rows = block.Rows;
            next = DecodeKnown(chunk, next, end, block, out lacking, out unknown);
            _hasDecoded |= block.Rows > rows;
        }
    }

    private void LeaveOut(RecordDecodingException bad)
    {
        Interlocked.Increment(ref _bad);
        Interlocked.CompareExchange(ref _firstBad, bad, null);
    }

    /// <summary>Decodes up to the first record that lacks a plan, or to the end.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="next">The first record.</param>
    /// <param name="end">The record to stop at.</param>
    /// <param name="block">The block, with room for them.</param>
    /// <param name="lacking">Where the plan that lacks belongs; null: none lacks.</param>
    /// <param name="unknown">The writer that it is for.</param>
    /// <returns>The index of the record that it stopped at.</returns>
    private int DecodeKnown(RecordChunk chunk, int next, int end, RowBlock block, out PartPlans? lacking, out WriterSchemaId unknown)
    {
        var value = new PartCursor(values);
        PartCursor key = keys is null ? default : new PartCursor(keys);
        lacking = null;
        unknown = default;
        for (; next < end; next++)
        {
            if (keys is null && value.Bulk is { } bulk)
            {
                next = bulk.Decode(chunk, next, end, block, value.BulkId);
                if (next == end)
                {
                    break;
                }
            }

            ref readonly RecordEntry entry = ref chunk.Entries[next];
            PartPlans part = values;
            string? field = null;
            try
            {
                if (keys is not null)
                {
                    part = keys;
                    if (entry.KeyLength < 0)
                    {
                        key.Forget();
                        keys.Missing.Decode(default, block, ref field);
                    }
                    else if (!key.TryDecode(chunk, in entry, chunk.Key(entry), block, ref field))
                    {
                        lacking = keys;
                        unknown = key.Writer!.Value;
                        return next;
                    }

                    part = values;
                    field = null;
                }

                if (!value.TryDecode(chunk, in entry, chunk.Value(entry), block, ref field))
                {
                    lacking = values;
                    unknown = value.Writer!.Value;
                    return next;
                }
            }
            catch (MalformedValueException e)
            {
                LeaveOut(badRecords.Handle(chunk, next, part, e, field, part == keys ? key.Writer : value.Writer));
                continue;
            }

            block.CompleteRow(chunk.Partition, entry.Offset, entry.Timestamp);
        }

        return next;
    }
}
