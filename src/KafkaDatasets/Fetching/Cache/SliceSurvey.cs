using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Cache;

/// <summary>Creates the header of the cache file for a fetched slice.</summary>
internal static class SliceSurvey
{
    /// <summary>The approximate number of bytes read from a file at a time.</summary>
    private const int PartLength = 128 << 10;

    /// <summary>Creates the header; returns null when the slice must not be cached: a batch is damaged, or in a message format older than Kafka 0.11.</summary>
    /// <param name="topicId">The topic's id.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="slice">The slice.</param>
    /// <param name="nextOffset">The offset after its last record.</param>
    /// <param name="logStart">The offset at which the log began when the slice was fetched: its first batch may have records before it, which were deleted.</param>
    public static CacheHeader? Of(Guid topicId, int partition, in FetchedSlice slice, long nextOffset, long logStart)
    {
        ReadOnlySpan<byte> bytes = slice.Buffer.Bytes.AsSpan(0, slice.Length);
        var parts = new List<CachePart>();
        List<CachedAbort> aborts = [.. (slice.AbortedTransactions ?? []).OrderBy(a => a.FirstOffset).Select(a => new CachedAbort(a.ProducerId, a.FirstOffset, long.MaxValue))];
        long start = slice.From;
        int partStart = 0;
        for (int at = 0; at < bytes.Length;)
        {
            int length = (int)BatchHeader.ReadLength(bytes[at..]);
            ReadOnlySpan<byte> batch = bytes.Slice(at, length);
            if (BatchHeader.ReadMagic(batch) < 2)
            {
                return null;
            }

            var header = new BatchHeader(batch);
            start = Math.Min(start, Math.Max(header.BaseOffset, logStart));
            if (header.IsControl && aborts.Count > 0)
            {
                try
                {
                    End(aborts, header, batch[BatchHeader.Size..]);
                }
                catch (BatchFault)
                {
                    return null;
                }
            }

            at += length;
            if (at - partStart >= PartLength || at == bytes.Length)
            {
                if (CachePart.Of(bytes[partStart..at]) is not { } part)
                {
                    return null;
                }

                parts.Add(part);
                partStart = at;
            }
        }

        return nextOffset > start ? new CacheHeader(topicId, partition, start, nextOffset, [.. parts], [.. aborts]) : null;
    }

    /// <summary>Records where a transaction ends: the same producer's next one, which may be committed, is read from a later part.</summary>
    private static void End(List<CachedAbort> aborts, in BatchHeader header, ReadOnlySpan<byte> record)
    {
        long producer = header.ProducerId;
        long offset = header.BaseOffset;
        int ended = aborts.FindIndex(a => a.ProducerId == producer && a.FirstOffset <= offset && a.LastOffset == long.MaxValue);
        if (ended >= 0 && ControlRecord.IsAbort(record))
        {
            aborts[ended] = aborts[ended] with { LastOffset = offset };
        }
    }
}
