using KafkaDatasets.Fetching;

namespace KafkaDatasets.Decoding;

/// <summary>Decodes records by the plan of each one's writer: framed by Confluent's serializers, or bare.</summary>
/// <param name="plans">The decode plans.</param>
/// <param name="layout">The columns of the blocks.</param>
/// <param name="badRecords">What happens with records that cannot be decoded.</param>
internal sealed class RowDecoder(ValuePlans plans, IReadOnlyList<BlockColumn> layout, BadRecords badRecords) : IRowDecoder
{
    public IReadOnlyList<BlockColumn> Layout => layout;

    public ValueTask DecodeAsync(RecordChunk chunk, int start, int count, RowBlock block, CancellationToken cancellationToken)
    {
        int next = DecodeKnown(chunk, start, start + count, block, out WriterId unknown);
        return next == start + count ? ValueTask.CompletedTask : DecodeRestAsync(chunk, next, start + count, block, unknown, cancellationToken);
    }

    private async ValueTask DecodeRestAsync(RecordChunk chunk, int next, int end, RowBlock block, WriterId unknown, CancellationToken cancellationToken)
    {
        while (next < end)
        {
            try
            {
                await plans.LoadAsync(unknown, cancellationToken).ConfigureAwait(false);
            }
            catch (SchemaException e) when (!e.IsRegistryFault)
            {
                badRecords.Handle(chunk, next, e, unknown);
                next++;
            }
            catch (SchemaException e)
            {
                throw badRecords.Locate(chunk, next, e, unknown);
            }

            next = DecodeKnown(chunk, next, end, block, out unknown);
        }
    }

    /// <summary>Decodes up to the first record whose plan is not known yet, or to the end.</summary>
    /// <returns>The index of the record that it stopped at.</returns>
    private int DecodeKnown(RecordChunk chunk, int next, int end, RowBlock block, out WriterId unknown)
    {
        ValuePlan? plan = plans.Bare;
        bool isFramed = plan is null;
        WriterId planWriter = default;
        for (; next < end; next++)
        {
            if (plans.Key is null && plan?.Verbatim is { } verbatim && planWriter.Guid is null)
            {
                next = verbatim.Decode(chunk, next, end, block, isFramed ? planWriter.Id : null);
                if (next == end)
                {
                    break;
                }
            }

            ref readonly RecordEntry entry = ref chunk.Entries[next];
            ReadOnlySpan<byte> value = chunk.Value(entry);
            string? field = null;
            WriterId? writer = null;
            try
            {
                plans.Key?.Decode(chunk.Key(entry), block, ref field);
                if (isFramed)
                {
                    WriterId read = WriterId.Read(chunk, entry, ref value, out ReadOnlySpan<byte> rest);
                    writer = read;
                    if (plan is null || read.Id != planWriter.Id || read.Guid != planWriter.Guid)
                    {
                        if (!plans.TryGet(read, out plan))
                        {
                            unknown = read;
                            return next;
                        }

                        planWriter = read;
                    }

                    if (value.Length == entry.ValueLength)
                    {
                        plan.DecodeBehindHeader(rest, value, block, ref field);
                    }
                    else
                    {
                        plan.Decode(value, block, ref field);
                    }
                }
                else
                {
                    plan!.Decode(value, block, ref field);
                }
            }
            catch (MalformedValueException e)
            {
                badRecords.Handle(chunk, next, e, field, writer);
                continue;
            }

            block.CompleteRow(chunk.Partition, entry.Offset, entry.Timestamp);
        }

        unknown = default;
        return next;
    }
}
