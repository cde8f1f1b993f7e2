using KafkaDatasets.Fetching;

namespace KafkaDatasets.Decoding.Avro;

/// <summary>Decodes Avro values: framed by Confluent's serializers, or bare.</summary>
/// <param name="plans">The decode plans.</param>
/// <param name="isFramed">Whether a schema id stands before the value or in a header.</param>
/// <param name="layout">The columns of the blocks.</param>
/// <param name="badRecords">What happens with records that cannot be decoded.</param>
internal sealed class AvroRowDecoder(AvroPlans plans, bool isFramed, IReadOnlyList<BlockColumn> layout, BadRecords badRecords) : IRowDecoder
{
    private readonly AvroPlan? _own = isFramed ? null : plans.Own();

    public IReadOnlyList<BlockColumn> Layout => layout;

    public ValueTask DecodeAsync(RecordChunk chunk, int start, int count, RowBlock block, CancellationToken cancellationToken)
    {
        int next = DecodeKnown(chunk, start, start + count, block, null, out WriterId unknown);
        return next == start + count ? ValueTask.CompletedTask : DecodeRestAsync(chunk, next, start + count, block, unknown, cancellationToken);
    }

    private async ValueTask DecodeRestAsync(RecordChunk chunk, int next, int end, RowBlock block, WriterId unknown, CancellationToken cancellationToken)
    {
        while (next < end)
        {
            AvroPlan? plan = null;
            try
            {
                plan = unknown.Guid is { } guid
                    ? await plans.GetAsync(guid, cancellationToken).ConfigureAwait(false)
                    : await plans.GetAsync(unknown.Id, cancellationToken).ConfigureAwait(false);
            }
            catch (SchemaException e) when (!e.IsRegistryFault)
            {
                badRecords.Handle(chunk, next, e, unknown.Id);
                next++;
            }

            next = DecodeKnown(chunk, next, end, block, plan, out unknown);
        }
    }

    /// <summary>Decodes up to the first record whose plan is not known yet, or to the end.</summary>
    /// <param name="first">The plan of the first record, where it is known already.</param>
    /// <returns>The index of the record that it stopped at.</returns>
    private int DecodeKnown(RecordChunk chunk, int next, int end, RowBlock block, AvroPlan? first, out WriterId unknown)
    {
        AvroPlan? plan = _own;
        int? planId = null;
        for (; next < end; next++)
        {
            if (plan?.Verbatim is { } verbatim && first is null && (!isFramed || planId is not null))
            {
                next = verbatim.Decode(chunk, next, end, block, planId);
                if (next == end)
                {
                    break;
                }
            }

            ref readonly RecordEntry entry = ref chunk.Entries[next];
            ReadOnlySpan<byte> value = chunk.Value(entry);
            string? field = null;
            WriterId writer = default;
            try
            {
                if (isFramed)
                {
                    writer = WriterId.Read(chunk, entry, ref value);
                    if (first is not null)
                    {
                        plan = first;
                        first = null;
                        planId = writer.Guid is null ? writer.Id : null;
                    }
                    else if (writer.Guid is { } guid)
                    {
                        planId = null;
                        if (!plans.TryGet(guid, out plan))
                        {
                            unknown = writer;
                            return next;
                        }
                    }
                    else if (plan is null || planId != writer.Id)
                    {
                        if (!plans.TryGet(writer.Id, out plan))
                        {
                            unknown = writer;
                            return next;
                        }

                        planId = writer.Id;
                    }
                }

                plan!.Decode(value, block, ref field);
            }
            catch (MalformedValueException e)
            {
                badRecords.Handle(chunk, next, e, field, isFramed && writer.Guid is null ? writer.Id : null);
                continue;
            }

            block.CompleteRow(chunk.Partition, entry.Offset, entry.Timestamp);
        }

        unknown = default;
        return next;
    }
}
