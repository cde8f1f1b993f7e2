using System.Buffers.Binary;
using System.Security.Cryptography;

namespace KafkaDatasets.Learning;

/// <summary>The journal as a file to which a segment is appended before its checkpoint gets its name. Each segment has the number of its checkpoint and a checksum over itself and everything before it.</summary>
internal static class JournalFile
{
    private const int HeadLength = sizeof(long) + sizeof(int);

    /// <summary>Reads the segments up to a number, and ends at the first damaged one.</summary>
    /// <returns>The segments, the length of the file that they take, and the checksum of the last one.</returns>
    public static (List<(long Number, byte[] Segment)> Segments, long Length, byte[] Hash) Read(string path, long upTo)
    {
        var segments = new List<(long, byte[])>();
        byte[] hash = [];
        long length = 0;
        if (!File.Exists(path) && !Directory.Exists(path)) // a directory in its place is told now, not at the first checkpoint
        {
            return (segments, length, hash);
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16);
        byte[] head = new byte[HeadLength];
        byte[] checksum = new byte[SHA256.HashSizeInBytes];
        while (file.ReadAtLeast(head, HeadLength, throwOnEndOfStream: false) == HeadLength)
        {
            long number = BinaryPrimitives.ReadInt64LittleEndian(head);
            int size = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(sizeof(long)));
            if (number > upTo || size < 0 || size > file.Length - file.Position)
            {
                break;
            }

            byte[] segment = new byte[size];
            file.ReadExactly(segment);
            if (file.ReadAtLeast(checksum, checksum.Length, throwOnEndOfStream: false) < checksum.Length || !HashOf(hash, head, segment).AsSpan().SequenceEqual(checksum))
            {
                break;
            }

            hash = [.. checksum];
            segments.Add((number, segment));
            length = file.Position;
        }

        return (segments, length, hash);
    }

    /// <summary>Appends a segment after a given length of the file, and flushes it to the disk.</summary>
    /// <returns>The length of the file, and the checksum of the segment.</returns>
    public static (long Length, byte[] Hash) Append(string path, long length, byte[] hash, long number, byte[] segment)
    {
        byte[] head = new byte[HeadLength];
        BinaryPrimitives.WriteInt64LittleEndian(head, number);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(sizeof(long)), segment.Length);
        byte[] checksum = HashOf(hash, head, segment);
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        file.SetLength(length); // what a crash or a failure left after the last checkpoint
        file.Position = length;
        file.Write(head);
        file.Write(segment);
        file.Write(checksum);
        file.Flush(flushToDisk: true);
        return (file.Position, checksum);
    }

    private static byte[] HashOf(byte[] before, byte[] head, byte[] segment)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(before);
        hash.AppendData(head);
        hash.AppendData(segment);
        return hash.GetHashAndReset();
    }
}
