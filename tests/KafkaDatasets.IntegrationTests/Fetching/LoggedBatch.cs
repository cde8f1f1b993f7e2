using System.Buffers.Binary;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>A record batch as it stands in the broker's files.</summary>
/// <param name="First">Its base offset.</param>
/// <param name="Last">Its last offset.</param>
/// <param name="Codec">0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.</param>
/// <param name="IsLogAppendTime">Whether its timestamp is the broker's.</param>
/// <param name="IsTransactional">Whether it is part of a transaction.</param>
/// <param name="IsControl">Whether it holds a marker of a transaction.</param>
/// <param name="MaxTimestamp">The latest timestamp in it.</param>
/// <param name="Records">How many records it has; compaction can leave none.</param>
/// <param name="IsFramedSnappy">Whether it is compressed with snappy in the frame that Java gives it.</param>
internal sealed record LoggedBatch(long First, long Last, int Codec, bool IsLogAppendTime, bool IsTransactional, bool IsControl, long MaxTimestamp, int Records, bool IsFramedSnappy)
{
    private const int HeaderSize = 61;

    /// <summary>The batches of a partition in the order of their offsets.</summary>
    /// <param name="logDirectory">The broker's <c>log.dirs</c>.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    public static List<LoggedBatch> Read(string logDirectory, string topic, int partition)
    {
        var batches = new List<LoggedBatch>();
        foreach (string segment in Directory.EnumerateFiles(Path.Combine(logDirectory, $"{topic}-{partition}"), "*.log").Order(StringComparer.Ordinal))
        {
            using var file = new FileStream(segment, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            file.CopyTo(copy);
            ReadOnlySpan<byte> rest = copy.ToArray();
            while (rest.Length >= HeaderSize)
            {
                int length = 12 + BinaryPrimitives.ReadInt32BigEndian(rest[8..]);
                batches.Add(Parse(rest[..length]));
                rest = rest[length..];
            }
        }

        return batches;
    }

    private static LoggedBatch Parse(ReadOnlySpan<byte> batch)
    {
        long first = BinaryPrimitives.ReadInt64BigEndian(batch);
        int attributes = BinaryPrimitives.ReadInt16BigEndian(batch[21..]);
        int codec = attributes & 7;
        return new LoggedBatch(
            first,
            first + BinaryPrimitives.ReadInt32BigEndian(batch[23..]),
            codec,
            (attributes & 8) != 0,
            (attributes & 16) != 0,
            (attributes & 32) != 0,
            BinaryPrimitives.ReadInt64BigEndian(batch[35..]),
            BinaryPrimitives.ReadInt32BigEndian(batch[57..]),
            codec == 2 && batch[HeaderSize..].StartsWith((ReadOnlySpan<byte>)[0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0]));
    }
}
