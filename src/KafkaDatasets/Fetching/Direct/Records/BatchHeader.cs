using System.Buffers.Binary;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>The header of a record batch in message format v2.</summary>
internal readonly ref struct BatchHeader
{
    /// <summary>The size of the header in bytes; the records follow.</summary>
    public const int Size = 61;

    /// <summary>The number of bytes that contain the offset and the length.</summary>
    public const int PrefixSize = 12;

    /// <summary>The number of bytes needed to determine a batch's format.</summary>
    public const int MagicEnd = 17;

    /// <summary>The number of bytes that the checksum does not cover: the offset, the length, the leader epoch, the format and the checksum itself.</summary>
    private const int ChecksumStart = 21;

    private readonly ReadOnlySpan<byte> _batch;

    public BatchHeader(ReadOnlySpan<byte> batch)
    {
        _batch = batch[..Size];
    }

    public long BaseOffset => ReadBaseOffset(_batch);

    public int LeaderEpoch => BinaryPrimitives.ReadInt32BigEndian(_batch[12..]);

    public uint Checksum => BinaryPrimitives.ReadUInt32BigEndian(_batch[17..]);

    public CompressionCodec Codec => (CompressionCodec)(Attributes & 7);

    public bool HasLogAppendTime => (Attributes & 8) != 0;

    public bool IsTransactional => (Attributes & 16) != 0;

    public bool IsControl => (Attributes & 32) != 0;

    public int LastOffsetDelta => BinaryPrimitives.ReadInt32BigEndian(_batch[23..]);

    public long LastOffset => BaseOffset + LastOffsetDelta;

    public long BaseTimestamp => BinaryPrimitives.ReadInt64BigEndian(_batch[27..]);

    public long MaxTimestamp => BinaryPrimitives.ReadInt64BigEndian(_batch[35..]);

    public long ProducerId => BinaryPrimitives.ReadInt64BigEndian(_batch[43..]);

    public int RecordCount => BinaryPrimitives.ReadInt32BigEndian(_batch[57..]);

    private int Attributes => BinaryPrimitives.ReadInt16BigEndian(_batch[21..]);

    /// <summary>The offset of the first record, read from the first <see cref="PrefixSize"/> bytes.</summary>
    public static long ReadBaseOffset(ReadOnlySpan<byte> batch) => BinaryPrimitives.ReadInt64BigEndian(batch);

    /// <summary>The length of the whole batch, read from its first <see cref="PrefixSize"/> bytes.</summary>
    public static long ReadLength(ReadOnlySpan<byte> batch) => PrefixSize + (long)BinaryPrimitives.ReadInt32BigEndian(batch[8..]);

    /// <summary>The bytes that the checksum covers.</summary>
    public static ReadOnlySpan<byte> Checked(ReadOnlySpan<byte> batch) => batch[ChecksumStart..];

    /// <summary>The bytes before those that the checksum covers; the checksum is the last of them.</summary>
    public static ReadOnlySpan<byte> Unchecked(ReadOnlySpan<byte> batch) => batch[..ChecksumStart];

    /// <summary>The version of the message format, read from the first <see cref="MagicEnd"/> bytes.</summary>
    public static int ReadMagic(ReadOnlySpan<byte> batch) => batch[16];
}
