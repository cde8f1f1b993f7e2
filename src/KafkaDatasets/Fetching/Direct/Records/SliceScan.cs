namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>What the headers of the batches in a fetched slice say, before any batch is decoded.</summary>
/// <param name="Length">The number of bytes that are whole batches.</param>
/// <param name="NextOffset">The offset to fetch next.</param>
/// <param name="LeaderEpoch">The leader epoch of the last whole batch, or −1.</param>
/// <param name="LargestBatch">The length of the largest batch seen, including an incomplete one at the end.</param>
internal readonly record struct SliceScan(int Length, long NextOffset, int LeaderEpoch, int LargestBatch)
{
    /// <summary>Scans the batches up to an invalid one, which is fetched again as the first of the next slice.</summary>
    /// <remarks>The checksum, which the decoder verifies, does not cover a batch's base offset and length: those must agree with the adjacent batches and with the log.</remarks>
    /// <param name="bytes">The fetched bytes.</param>
    /// <param name="position">The offset that was requested.</param>
    /// <param name="end">The end of the range.</param>
    /// <param name="isContinued">Whether a batch ended at <paramref name="position"/>, so that the first one cannot begin before it.</param>
    /// <param name="highWatermark">The offset that no batch can have reached yet.</param>
    /// <param name="maxLength">The maximum length of a batch in bytes.</param>
    /// <exception cref="BatchFault">The first batch is damaged, or has an unknown message format.</exception>
    public static SliceScan Of(ReadOnlySpan<byte> bytes, long position, long end, bool isContinued = false, long highWatermark = long.MaxValue, int maxLength = int.MaxValue)
    {
        var seen = new SliceScan(0, position, -1, 0);
        SliceScan before = seen;
        while (bytes.Length - seen.Length >= BatchHeader.PrefixSize)
        {
            ReadOnlySpan<byte> batch = bytes[seen.Length..];
            long first = BatchHeader.ReadBaseOffset(batch);
            bool isFirst = seen.Length == 0;
            if (Fault(batch, highWatermark, maxLength) is { } fault)
            {
                return isFirst ? throw new BatchFault(fault) : seen;
            }

            if (first < seen.NextOffset && (!isFirst || isContinued))
            {
                if (isFirst)
                {
                    throw new BatchFault($"it begins at offset {first}, but the batch before it goes on to {seen.NextOffset}: one of them is damaged, or the log was truncated");
                }

                ReadOnlySpan<byte> previous = bytes[before.Length..seen.Length];
                if (IsSound(previous))
                {
                    return before.Length > 0 ? before : throw new BatchFault($"it has the offsets {BatchHeader.ReadBaseOffset(previous)} to {seen.NextOffset - 1}, but the batch after it begins at {first}: one of them is damaged");
                }

                seen = seen with { NextOffset = first }; // the header of a damaged batch cannot be trusted
            }
            else if (first > seen.NextOffset && !isFirst && HasGaps(bytes[before.Length..seen.Length]) && !IsSound(bytes[before.Length..seen.Length]))
            {
                seen = seen with { NextOffset = first };
            }

            if (first >= end && !IsWrapper(batch))
            {
                return seen with { NextOffset = end };
            }

            long length = BatchHeader.ReadLength(batch);
            seen = seen with { LargestBatch = Math.Max(seen.LargestBatch, (int)length) };
            if (length > batch.Length)
            {
                break;
            }

            before = seen;
            (long last, int epoch) = BatchHeader.ReadMagic(batch) < 2 ? (first, -1) : (new BatchHeader(batch).LastOffset, new BatchHeader(batch).LeaderEpoch);
            seen = seen with { Length = seen.Length + (int)length, NextOffset = Math.Max(seen.NextOffset, last + 1), LeaderEpoch = epoch };
        }

        // What a batch says of its end is checked by the one behind it. Where there is none yet, a damaged batch is fetched again together with it.
        bool isLastUnchecked = bytes.Length - seen.Length < BatchHeader.PrefixSize && before.Length > 0;
        return isLastUnchecked && HasGaps(bytes[before.Length..seen.Length]) && !IsSound(bytes[before.Length..seen.Length]) ? before : seen;
    }

    /// <summary>Whether a batch has fewer or more offsets than records: after compaction, or if its header is damaged.</summary>
    private static bool HasGaps(ReadOnlySpan<byte> batch) => BatchHeader.ReadMagic(batch) == 2 && new BatchHeader(batch) is var header && header.LastOffset - header.BaseOffset + 1 != header.RecordCount;

    /// <summary>Whether this is a compressed message of format v0 or v1, whose offset is that of its last record: the first may be far lower.</summary>
    private static bool IsWrapper(ReadOnlySpan<byte> batch) =>
        batch.Length > BatchHeader.MagicEnd && BatchHeader.ReadMagic(batch) < 2 && MessageHeader.ReadCodec(batch) != CompressionCodec.None;

    private static bool IsSound(ReadOnlySpan<byte> batch) =>
        BatchHeader.ReadMagic(batch) < 2 ? MessageHeader.IsSound(batch) : Crc32C.Compute(BatchHeader.Checked(batch)) == new BatchHeader(batch).Checksum;

    private static string? Fault(ReadOnlySpan<byte> batch, long highWatermark, int maxLength)
    {
        int magic = batch.Length >= BatchHeader.MagicEnd ? BatchHeader.ReadMagic(batch) : 0;
        if (magic > 2)
        {
            return $"it is in message format v{magic}, which is unknown";
        }

        long length = BatchHeader.ReadLength(batch);
        if (length < (magic < 2 ? MessageHeader.SizeWithoutKeyAndValue(magic) : BatchHeader.Size) || length > maxLength)
        {
            return $"its header states {length} bytes{(length > maxLength ? $", more than receive.message.max.bytes = {maxLength}" : "")}";
        }

        long first = BatchHeader.ReadBaseOffset(batch);
        if (first < 0 || first >= highWatermark)
        {
            return $"its header states the base offset {first}, which is invalid";
        }

        return magic == 2 && batch.Length >= BatchHeader.Size && new BatchHeader(batch) is { LastOffsetDelta: < 0 } or { LastOffset: < 0 } ? "its last offset is before its base offset" : null;
    }
}
