using System.Buffers.Binary;
using System.IO.Compression;
using K4os.Compression.LZ4;
using KafkaDatasets.Fetching.Direct.Records;

namespace KafkaDatasets.Tests.Fetching.Direct;

/// <summary>Builds record batches of message format v2 byte by byte, independently of the library.</summary>
internal sealed class TestBatch
{
    private static readonly uint[] CrcTable = MakeCrcTable();

    public long BaseOffset { get; init; }

    public int LeaderEpoch { get; init; } = 3;

    public CompressionCodec Codec { get; init; }

    public bool IsXerial { get; init; }

    public bool IsLogAppendTime { get; init; }

    public bool IsTransactional { get; init; }

    public bool IsControl { get; init; }

    public long BaseTimestamp { get; init; } = 1_700_000_000_000;

    public long MaxTimestamp { get; init; } = 1_700_000_009_000;

    public long ProducerId { get; init; } = -1;

    /// <summary>Null: the last record's.</summary>
    public int? LastOffsetDelta { get; init; }

    public byte Magic { get; init; } = 2;

    /// <summary>Null: as many as there are.</summary>
    public int? RecordCount { get; init; }

    /// <summary>Put in place of the compressed records, where it is not null.</summary>
    public byte[]? Payload { get; init; }

    public List<TestRecord> Records { get; init; } = [];

    /// <summary>A batch of records with consecutive offsets and these values.</summary>
    public static TestBatch Of(long baseOffset, CompressionCodec codec, params byte[]?[] values) =>
        new() { BaseOffset = baseOffset, Codec = codec, Records = [.. values.Select((v, i) => new TestRecord(i, v))] };

    /// <summary>The marker that ends a transaction.</summary>
    public static TestBatch Marker(long offset, long producerId, bool isCommit) => new()
    {
        BaseOffset = offset,
        ProducerId = producerId,
        IsTransactional = true,
        IsControl = true,
        Records = [new TestRecord(0, [0, 0, 0, 0, 0, 0]) { Key = [0, 0, 0, (byte)(isCommit ? 1 : 0)] }],
    };

    public byte[] ToBytes()
    {
        byte[] payload = Payload ?? Compress(EncodeRecords());
        byte[] batch = new byte[61 + payload.Length];
        int attributes = (int)Codec | (IsLogAppendTime ? 8 : 0) | (IsTransactional ? 16 : 0) | (IsControl ? 32 : 0);
        BinaryPrimitives.WriteInt64BigEndian(batch, BaseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), batch.Length - 12);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(12), LeaderEpoch);
        batch[16] = Magic;
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(21), (short)attributes);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(23), LastOffsetDelta ?? (Records.Count == 0 ? 0 : Records[^1].OffsetDelta));
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(27), BaseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(35), MaxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(43), ProducerId);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(57), RecordCount ?? Records.Count);
        payload.CopyTo(batch, 61);
        Seal(batch);
        return batch;
    }

    /// <summary>Writes the right checksum into a batch.</summary>
    public static void Seal(Span<byte> batch) => BinaryPrimitives.WriteUInt32BigEndian(batch[17..], Crc(batch[21..]));

    /// <summary>CRC-32C, a byte at a time.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc = CrcTable[(crc ^ b) & 0xFF] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }

            table[i] = crc;
        }

        return table;
    }

    private byte[] EncodeRecords()
    {
        using var all = new MemoryStream();
        foreach (TestRecord record in Records)
        {
            byte[] body = record.Encode();
            TestRecord.WriteVarint(all, body.Length);
            all.Write(body);
        }

        return all.ToArray();
    }

    internal byte[] Compress(byte[] records) => Codec switch
    {
        CompressionCodec.Gzip => Gzip(records),
        CompressionCodec.Snappy => IsXerial ? Xerial(records) : Snappier.Snappy.CompressToArray(records),
        CompressionCodec.Lz4 => Lz4(records, 64 << 10),
        CompressionCodec.Zstd => new ZstdSharp.Compressor().Wrap(records).ToArray(),
        _ => records,
    };

    private static byte[] Gzip(byte[] records)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest))
        {
            gzip.Write(records);
        }

        return target.ToArray();
    }

    private static byte[] Xerial(byte[] records)
    {
        using var target = new MemoryStream();
        target.Write([0x82, .. "SNAPPY"u8, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
        foreach (byte[] part in records.Chunk(1000))
        {
            byte[] block = Snappier.Snappy.CompressToArray(part);
            byte[] length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, block.Length);
            target.Write(length);
            target.Write(block);
        }

        return target.ToArray();
    }

    /// <summary>A frame without content size and with independent blocks, as the Java client writes it.</summary>
    private static byte[] Lz4(byte[] records, int blockSize)
    {
        using var target = new MemoryStream();
        target.Write([0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82]);
        byte[] length = new byte[4];
        foreach (byte[] part in records.Chunk(blockSize))
        {
            byte[] block = new byte[LZ4Codec.MaximumOutputSize(part.Length)];
            int count = LZ4Codec.Encode(part, block);
            bool isStored = count >= part.Length;
            BinaryPrimitives.WriteUInt32LittleEndian(length, isStored ? 0x80000000 | (uint)part.Length : (uint)count);
            target.Write(length);
            target.Write(isStored ? part : block.AsSpan(0, count));
        }

        target.Write([0, 0, 0, 0]);
        return target.ToArray();
    }
}
