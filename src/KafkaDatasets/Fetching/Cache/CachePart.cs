using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Cache;

/// <summary>Whole batches in a cache file that are read and checked together.</summary>
/// <param name="FirstOffset">The base offset of the first batch.</param>
/// <param name="Length">Their length in bytes.</param>
/// <param name="Checksum">The CRC-32C of what the batches' own checksums do not cover: their offsets and lengths, and these checksums.</param>
internal readonly record struct CachePart(long FirstOffset, int Length, uint Checksum)
{
    /// <summary>The part that consists of some batches; null when one of them is damaged or in a message format older than Kafka 0.11.</summary>
    public static CachePart? Of(ReadOnlySpan<byte> batches)
    {
        uint checksum = 0;
        for (ReadOnlySpan<byte> left = batches; !left.IsEmpty;)
        {
            if (left.Length < BatchHeader.Size || BatchHeader.ReadMagic(left) < 2 || BatchHeader.ReadLength(left) is not (>= BatchHeader.Size and var length) || length > left.Length)
            {
                return null;
            }

            ReadOnlySpan<byte> batch = left[..(int)length];
            if (Crc32C.Compute(BatchHeader.Checked(batch)) != new BatchHeader(batch).Checksum)
            {
                return null;
            }

            checksum = Crc32C.Append(checksum, BatchHeader.Unchecked(batch));
            left = left[(int)length..];
        }

        return new CachePart(BatchHeader.ReadBaseOffset(batches), batches.Length, checksum);
    }
}
