using System.Text;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Fetching.Direct.Records;
using KafkaDatasets.Ranges;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

/// <summary>
/// Damaged bytes into everything that reads bytes from a network. Whatever comes, it is read, or told as the fault that it is.
/// Environment variable KAFKADATASETS_FUZZ_CASES: how many cases each test tries, 20,000 if it is not set.
/// </summary>
public class ParserFuzzTests
{
    private static readonly BufferPool Buffers = new(TimeProvider.System);
    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("KAFKADATASETS_FUZZ_CASES"), out int cases) ? cases : 20_000;

    [Fact]
    public void Slices_of_batches()
    {
        byte[][] seeds = [.. Enumerable.Range(0, 12).Select(i => Enumerable.Range(0, 3).SelectMany(b => new TestBatch
        {
            BaseOffset = b * 10,
            Codec = (CompressionCodec)((i + b) % 5),
            IsXerial = i % 2 == 0,
            IsTransactional = i % 3 == 0,
            IsControl = i % 6 == 0 && b == 1,
            ProducerId = b,
            Records = [.. Enumerable.Range(0, 10).Select(r => new TestRecord(r, Encoding.UTF8.GetBytes(new string((char)('a' + r), r * i * 3))) { Key = r % 2 == 0 ? null : [1, 2], Headers = r % 3 == 0 ? [("h", [1])] : [] })],
        }.ToBytes()).ToArray())];
        AbortedTransaction[] aborted = [new(1, 5), new(0, 0)];
        var decompressor = new Decompressor(1 << 20);

        Fuzz(seeds, (bytes, random) =>
        {
            if (random.Next(3) > 0)
            {
                SealAll(bytes);
            }

            SliceScan scan;
            try
            {
                scan = SliceScan.Of(bytes, 3, 28);
            }
            catch (BatchFault)
            {
                return;
            }

            SharedBuffer buffer = Buffers.Rent(bytes.Length, null);
            bytes.CopyTo(buffer.Bytes, 0);
            var decoder = new SliceDecoder(new ReadFaults("t", DataLossPolicy.Throw, NullLogger.Instance), new PartitionRange(0, 3, 28), decompressor, Buffers);
            decoder.Start(new FetchedSlice(buffer, scan.Length, random.Next(2) == 0 ? aborted : null));
            try
            {
                while (decoder.HasWork)
                {
                    PooledChunk chunk = Buffers.Chunks.Rent(null);
                    try
                    {
                        decoder.Decode(chunk);
                        Check(chunk);
                    }
                    finally
                    {
                        chunk.Chunk.Release();
                    }
                }
            }
            catch (RecordBatchException)
            {
            }
        });
    }

    [Fact]
    public void Answers_to_Metadata()
    {
        byte[] seed = new Wire { Flexible = true }
            .I32(0).Len(2).I32(1).Str("a").I32(9092).Str(null).Tags().I32(2).Str("b").I32(9092).Str("rack").Tags().Str("cluster").I32(1)
            .Len(1).I16(0).Str("t").Uuid(ScriptedBroker.TopicId).I8(0).Len(1).I16(0).I32(0).I32(1).I32(5).Len(1).I32(1).Len(1).I32(1).Len(0).Tags().I32(0).Tags().Tags().ToArray();

        Fuzz([seed], (bytes, random) => Reads(() => MetadataMessage.ReadResponse(new ProtocolReader(bytes), (short)random.Next(9, 13), "t")));
    }

    [Fact]
    public void Answers_to_ListOffsets()
    {
        byte[][] seeds = [.. new[] { true, false }.Select(flexible => new Wire { Flexible = flexible }
            .I32(0).Len(1).Str("t").Len(2).I32(0).I16(0).I64(-1).I64(9).I32(3).Tags().I32(1).I16(6).I64(-1).I64(-1).I32(-1).Tags().Tags().Tags().ToArray())];

        Fuzz(seeds, (bytes, random) => Reads(() => ListOffsetsMessage.ReadResponse(new ProtocolReader(bytes), (short)random.Next(5, 9), "t")));
    }

    [Fact]
    public void Answers_to_ApiVersions_and_Sasl()
    {
        byte[][] seeds =
        [
            new Wire().I16(0).I32(3).I16(1).I16(4).I16(17).I16(3).I16(0).I16(12).I16(18).I16(0).I16(4).ToArray(),
            new Wire().I16(33).I32(2).Str("PLAIN").Str("GSSAPI").ToArray(),
            new Wire().I16(58).Str("no").Bytes([1, 2, 3]).I64(1000).ToArray(),
            new Wire { Flexible = true }.I16(58).Str("no").Bytes([1, 2, 3]).I64(1000).Tags().ToArray(),
        ];

        Fuzz(seeds, (bytes, random) =>
        {
            Reads(() => ApiVersions.ReadResponse(new ProtocolReader(bytes), out _));
            Reads(() => SaslMessage.ReadHandshake(new ProtocolReader(bytes), out _));
            Reads(() => SaslMessage.ReadAuthenticate(new ProtocolReader(bytes), (short)random.Next(3), out _, out _, out _));
        });
    }

    [Fact]
    public void Pieces_of_answers_to_Fetch()
    {
        byte[][] seeds = [.. new[] { true, false }.SelectMany(flexible => new[]
        {
            new Wire { Flexible = flexible }.I32(0).I16(0).I32(7).Len(1).ToArray(),
            new Wire { Flexible = flexible }.Uuid(ScriptedBroker.TopicId).Len(2).ToArray(),
            new Wire { Flexible = flexible }.Str("t").Len(2).ToArray(),
            new Wire { Flexible = flexible }.I32(0).I16(0).I64(9).I64(9).I64(0).Len(2).I64(1).I64(0).Tags().I64(2).I64(4).Tags().I32(-1).Len(99).ToArray(),
            new Wire { Flexible = flexible }.I8(2).I8(0).I8(13).I32(4).I64(77).I8(0).I8(1).I8(2).I16(9).ToArray(),
        })];

        Fuzz(seeds, (bytes, random) =>
        {
            short version = (short)random.Next(11, 18);
            Reads(() =>
            {
                var reader = new ProtocolReader(bytes);
                FetchMessage.ReadHead(ref reader, version, out _, out _, out _);
            });
            Reads(() =>
            {
                var reader = new ProtocolReader(bytes);
                FetchMessage.ReadTopic(ref reader, version, "t", ScriptedBroker.TopicId, out _);
            });
            Reads(() =>
            {
                var reader = new ProtocolReader(bytes);
                FetchMessage.ReadPartition(ref reader, version);
            });
            Reads(() =>
            {
                var reader = new ProtocolReader(bytes);
                FetchMessage.ReadPartitionEnd(ref reader, version);
            });
        });
    }

    /// <summary>Offsets ascend within the range, and every part of a record lies within the bytes.</summary>
    private static void Check(PooledChunk pooled)
    {
        KafkaDatasets.Fetching.RecordChunk chunk = pooled.Chunk;
        long last = 2;
        for (int i = 0; i < chunk.Count; i++)
        {
            KafkaDatasets.Fetching.RecordEntry entry = chunk.Entries[i];
            Assert.InRange(entry.Offset, last + 1, 27);
            last = entry.Offset;
            Assert.InRange(entry.ValueLength, 0, chunk.Bytes.Length - SharedBuffer.Slack - entry.ValueStart);
            Assert.InRange(entry.KeyLength, -1, chunk.Bytes.Length - SharedBuffer.Slack - entry.KeyStart);
            Assert.InRange(entry.HeadersStart, 0, chunk.Bytes.Length - SharedBuffer.Slack);
        }
    }

    private static void Reads(Action read)
    {
        try
        {
            read();
        }
        catch (ProtocolException)
        {
        }
    }

    private static void Fuzz(byte[][] seeds, Action<byte[], Random> target)
    {
        int offset = Environment.GetEnvironmentVariable("KAFKADATASETS_FUZZ_CASES") is null ? 0 : Environment.TickCount & 0xFFFFFF;
        for (int i = 0; i < Cases; i++)
        {
            int seed = i + offset;
            var random = new Random(seed);
            byte[] bytes = Damage(seeds[random.Next(seeds.Length)], random);
            try
            {
                target(bytes, random);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}, bytes {Convert.ToHexString(bytes)}", e);
            }
        }
    }

    private static byte[] Damage(byte[] seed, Random random)
    {
        byte[] bytes = [.. seed];
        for (int i = random.Next(1, 6); i > 0 && bytes.Length > 0; i--)
        {
            int at = random.Next(bytes.Length);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.AsSpan(at, Math.Min(4, bytes.Length - at)).Fill(random.Next(2) == 0 ? (byte)0xFF : (byte)0x7F);
                    break;
                case 3:
                    bytes = bytes[..at];
                    break;
                case 4:
                    bytes = [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]];
                    break;
                case 5:
                    int count = Math.Min(random.Next(1, 20), bytes.Length - at);
                    bytes = [.. bytes[..at], .. bytes[(at + count)..]];
                    break;
                default:
                    int from = random.Next(bytes.Length);
                    int length = Math.Min(random.Next(1, 20), Math.Min(bytes.Length - from, bytes.Length - at));
                    seed.AsSpan(Math.Min(from, seed.Length - 1), Math.Min(length, seed.Length - Math.Min(from, seed.Length - 1))).CopyTo(bytes.AsSpan(at, length));
                    break;
            }
        }

        return bytes;
    }

    /// <summary>Makes the checksums right again, so that the damage gets behind them.</summary>
    private static void SealAll(byte[] bytes)
    {
        for (long at = 0; bytes.Length - at >= BatchHeader.Size;)
        {
            long length = BatchHeader.ReadLength(bytes.AsSpan((int)at));
            if (length < BatchHeader.Size || length > bytes.Length - at)
            {
                return;
            }

            TestBatch.Seal(bytes.AsSpan((int)at, (int)length));
            at += length;
        }
    }
}
