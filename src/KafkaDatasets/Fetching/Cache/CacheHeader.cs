using System.Buffers.Binary;
using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Fetching.Cache;

/// <summary>The header of a cache file, which says what the file contains and where; the batches follow, as the broker sent them.</summary>
/// <param name="TopicId">The topic's id.</param>
/// <param name="Partition">The partition's number.</param>
/// <param name="Start">The first offset that the file covers.</param>
/// <param name="End">The offset after the last one.</param>
/// <param name="Parts">The parts, in file order.</param>
/// <param name="Aborts">The aborted transactions.</param>
internal sealed record CacheHeader(Guid TopicId, int Partition, long Start, long End, CachePart[] Parts, CachedAbort[] Aborts)
{
    /// <summary>The number of bytes before the header that give its length.</summary>
    public const int PrefixSize = 12;

    private const int FixedSize = 56;
    private const int PartSize = 16;
    private const int AbortSize = 24;
    private const int ChecksumSize = 4;
    private const int MostSize = 64 << 20;

    private static ReadOnlySpan<byte> Magic => "KDBATCH2"u8;

    public int Size => FixedSize + (Parts.Length * PartSize) + (Aborts.Length * AbortSize) + ChecksumSize;

    /// <summary>The length of a header, from its first <see cref="PrefixSize"/> bytes; 0 when these are not the start of a header.</summary>
    public static int ReadSize(ReadOnlySpan<byte> prefix)
    {
        int size = BinaryPrimitives.ReadInt32LittleEndian(prefix[8..]);
        return prefix.StartsWith(Magic) && size is >= FixedSize + ChecksumSize and <= MostSize ? size : 0;
    }

    /// <summary>Parses the header; returns null when it is damaged.</summary>
    public static CacheHeader? Read(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> content = bytes[..^ChecksumSize];
        if (Crc32C.Compute(content) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[content.Length..]))
        {
            return null;
        }

        int parts = BinaryPrimitives.ReadInt32LittleEndian(content[48..]);
        int aborts = BinaryPrimitives.ReadInt32LittleEndian(content[52..]);
        if (parts < 0 || aborts < 0 || FixedSize + ((long)parts * PartSize) + ((long)aborts * AbortSize) != content.Length)
        {
            return null;
        }

        var header = new CacheHeader(
            new Guid(content.Slice(16, 16)),
            BinaryPrimitives.ReadInt32LittleEndian(content[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(content[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(content[40..]),
            new CachePart[parts],
            new CachedAbort[aborts]);
        ReadOnlySpan<byte> at = content[FixedSize..];
        foreach (ref CachePart part in header.Parts.AsSpan())
        {
            part = new CachePart(BinaryPrimitives.ReadInt64LittleEndian(at), BinaryPrimitives.ReadInt32LittleEndian(at[8..]), BinaryPrimitives.ReadUInt32LittleEndian(at[12..]));
            at = at[PartSize..];
        }

        foreach (ref CachedAbort abort in header.Aborts.AsSpan())
        {
            abort = new CachedAbort(BinaryPrimitives.ReadInt64LittleEndian(at), BinaryPrimitives.ReadInt64LittleEndian(at[8..]), BinaryPrimitives.ReadInt64LittleEndian(at[16..]));
            at = at[AbortSize..];
        }

        return header;
    }

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Partition);
        TopicId.TryWriteBytes(bytes.AsSpan(16));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), Start);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), End);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(48), Parts.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(52), Aborts.Length);
        Span<byte> at = bytes.AsSpan(FixedSize);
        foreach (CachePart part in Parts)
        {
            BinaryPrimitives.WriteInt64LittleEndian(at, part.FirstOffset);
            BinaryPrimitives.WriteInt32LittleEndian(at[8..], part.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(at[12..], part.Checksum);
            at = at[PartSize..];
        }

        foreach (CachedAbort abort in Aborts)
        {
            BinaryPrimitives.WriteInt64LittleEndian(at, abort.ProducerId);
            BinaryPrimitives.WriteInt64LittleEndian(at[8..], abort.FirstOffset);
            BinaryPrimitives.WriteInt64LittleEndian(at[16..], abort.LastOffset);
            at = at[AbortSize..];
        }

        BinaryPrimitives.WriteUInt32LittleEndian(at, Crc32C.Compute(bytes.AsSpan(0, bytes.Length - ChecksumSize)));
        return bytes;
    }
}
