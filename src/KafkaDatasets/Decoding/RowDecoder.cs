using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Decodes records with the plans for their writer schemas, framed by Confluent's serializers or not framed; the key is read first if wanted, then the value.</summary>
/// <param name="values">The decode plans of the values.</param>
/// <param name="keys">The decode plans of the keys, or null when keys are not read.</param>
/// <param name="layout">The columns of the blocks.</param>
/// <param name="badRecords">What happens with records that cannot be decoded.</param>
internal sealed class RowDecoder(PartPlans values, PartPlans? keys, IReadOnlyList<BlockColumn> layout, BadRecords badRecords) : IRowDecoder
{
    /// <summary>The binary label whose records are left out when it is missing, or −1.</summary>
    private readonly int _wantedLabel = layout.ToList().FindIndex(c => c.MissingLabels == MissingLabels.LeftOut && c.Label == LabelKind.Binary);

    private RecordDecodingException? _firstBad;
    private long _bad;
    private volatile bool _hasDecoded;

    public IReadOnlyList<BlockColumn> Layout => layout;

    public void ThrowIfNothingDecoded()
    {
        if (!_hasDecoded && badRecords.Rejected is null && Volatile.Read(ref _firstBad) is { } first)
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

    /// <summary>Decodes up to the end, or to the first record without a plan.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="next">The index of the first record.</param>
    /// <param name="end">The index of the record to stop before.</param>
    /// <param name="block">The block, with room for the rows.</param>
    /// <param name="lacking">The part whose plan is not loaded, or null when all plans are.</param>
    /// <param name="unknown">The writer schema that needs a plan.</param>
    /// <returns>The index of the first record that was not decoded.</returns>
    private int DecodeKnown(RecordChunk chunk, int next, int end, RowBlock block, out PartPlans? lacking, out WriterSchemaId unknown)
    {
        var value = new PartCursor(values);
        PartCursor key = keys is null ? default : new PartCursor(keys);
        lacking = null;
        unknown = default;
        for (; next < end; next++)
        {
            if (value.Bulk is { } bulk && (keys is null || key.Bulk is not null))
            {
                next = keys is null
                    ? bulk.Decode(chunk, next, end, block, value.BulkFrame)
                    : BulkPlan.Decode(chunk, next, end, block, (key.Bulk!, key.BulkFrame), (bulk, value.BulkFrame));
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

            if (_wantedLabel >= 0 && float.IsNaN(((FixedColumn<float>)block.Columns[_wantedLabel]).Values[block.Rows]))
            {
                continue;
            }

            block.CompleteRow(chunk.Partition, entry.Offset, entry.Timestamp);
        }

        return next;
    }
}
