namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>What the heads of the batches in a fetched slice say, before any of them is decoded.</summary>
/// <param name="Length">How many bytes are whole batches.</param>
/// <param name="NextOffset">The offset to fetch next.</param>
/// <param name="LeaderEpoch">The leader epoch of the last whole batch, or −1.</param>
/// <param name="LargestBatch">The length of the largest batch seen, the cut one at the end included.</param>
internal readonly record struct SliceScan(int Length, long NextOffset, int LeaderEpoch, int LargestBatch)
{
    /// <summary>Walks over the batches. It trusts nothing but their lengths: the decoder checks the rest.</summary>
    /// <exception cref="BatchFault">They are no batches of message format v2.</exception>
    public static SliceScan Of(ReadOnlySpan<byte> bytes, long position, long end)
    {
        int at = 0;
        int epoch = -1;
        int largest = 0;
        while (bytes.Length - at >= BatchHeader.PrefixSize && position < end)
        {
            ReadOnlySpan<byte> rest = bytes[at..];
            long length = BatchHeader.ReadLength(rest);
            if (rest.Length >= BatchHeader.MagicEnd && BatchHeader.ReadMagic(rest) != 2)
            {
                int magic = BatchHeader.ReadMagic(rest);
                throw new BatchFault(magic < 2
                    ? $"it is in message format v{magic}, from before Kafka 0.11, which the direct engine does not read; {nameof(FetchEngine)}.{nameof(FetchEngine.Consumer)} does"
                    : $"it is in message format v{magic}, which is unknown");
            }

            if (length < BatchHeader.Size || length > int.MaxValue)
            {
                throw new BatchFault($"it says that it has {length} bytes");
            }

            largest = Math.Max(largest, (int)length);
            if (length > rest.Length)
            {
                break;
            }

            var header = new BatchHeader(rest);
            if (header.BaseOffset < 0 || header.LastOffsetDelta < 0 || header.LastOffset < 0)
            {
                throw new BatchFault($"it says that its offsets are {header.BaseOffset} and {header.LastOffsetDelta} more");
            }

            if (header.BaseOffset >= end)
            {
                return new SliceScan(at, end, epoch, largest);
            }

            at += (int)length;
            epoch = header.LeaderEpoch;
            position = Math.Max(position, header.LastOffset + 1);
        }

        return new SliceScan(at, position, epoch, largest);
    }
}
