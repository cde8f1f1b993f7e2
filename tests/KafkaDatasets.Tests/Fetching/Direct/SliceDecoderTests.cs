using System.IO.Compression;
using System.Text;
using CsCheck;
using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Fetching.Direct.Records;
using KafkaDatasets.Ranges;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

public class SliceDecoderTests
{
    public static readonly TheoryData<int, bool> Codecs = new() { { 0, false }, { 1, false }, { 2, false }, { 2, true }, { 3, false }, { 4, false } };

    private static readonly BufferPool Buffers = new(TimeProvider.System);

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Every_codec_gives_the_records(int codec, bool isXerial)
    {
        byte[][] values = [.. Enumerable.Range(0, 5000).Select(i => Encoding.UTF8.GetBytes($"value {i} {new string('x', i % 90)}"))];
        var batch = new TestBatch
        {
            BaseOffset = 100,
            Codec = (CompressionCodec)codec,
            IsXerial = isXerial,
            Records = [.. values.Select((v, i) => new TestRecord(i, v) { Key = i % 3 == 0 ? null : [(byte)i], TimestampDelta = i - 7 })],
        };

        List<Row> rows = Decode(new PartitionRange(0, 0, 10_000), [batch]);

        Assert.Equal(5000, rows.Count);
        Assert.Equal(Enumerable.Range(100, 5000).Select(i => (long)i), rows.Select(r => r.Offset));
        Assert.Equal(values, rows.Select(r => r.Value));
        Assert.Equal(1_700_000_000_000 - 7, rows[0].Timestamp);
        Assert.Equal(1_700_000_004_992, rows[4999].Timestamp);
        Assert.Null(rows[0].Key);
        Assert.Equal([1], rows[1].Key);
    }

    [Fact]
    public void A_malformed_gzip_batch_spoils_none_behind_it()
    {
        using var decompressor = new Decompressor(100_000);
        byte[][] values = [.. Enumerable.Range(1, 40).Select(i => Encoding.UTF8.GetBytes(new string((char)('a' + i), 500 * i)))];
        byte[] target = new byte[100_000];
        for (int i = 0; i < values.Length; i++)
        {
            byte[] good = Gzip(values[i]);
            byte[] bad = i % 3 == 0 ? good[..^9] : i % 3 == 1 ? [.. good, 1, 2, 3] : [.. good[..^8], .. "DAMAGED!"u8];
            try
            {
                decompressor.Decompress(CompressionCodec.Gzip, bad, 0, bad.Length, target, 0, values[i].Length);
            }
            catch (BatchFault)
            {
            }

            Assert.Equal(values[i].Length, decompressor.Decompress(CompressionCodec.Gzip, good, 0, good.Length, target, 0, values[i].Length));
            Assert.Equal(values[i], target[..values[i].Length]);
        }
    }

    [Fact]
    public void Codecs_may_change_from_batch_to_batch()
    {
        TestBatch[] batches = [.. Enumerable.Range(0, 300).Select(i => TestBatch.Of(i * 2, (CompressionCodec)(i * 7 % 5), [(byte)i], [1, (byte)i]))];

        List<Row> rows = Decode(new PartitionRange(0, 0, 600), batches);

        Assert.Equal(Enumerable.Range(0, 600).Select(i => i % 2 == 0 ? new[] { (byte)(i / 2) } : [1, (byte)(i / 2)]), rows.Select(r => r.Value));
    }

    [Fact]
    public void The_range_trims_batches_at_both_ends()
    {
        List<Row> rows = Decode(new PartitionRange(0, 12, 15), [TestBatch.Of(10, CompressionCodec.Snappy, [0], [1], [2], [3], [4], [5], [6])]);

        Assert.Equal([12L, 13, 14], rows.Select(r => r.Offset));
        Assert.Equal([2, 3, 4], rows.Select(r => r.Value[0]));
    }

    [Fact]
    public void Tombstones_are_no_rows_and_empty_values_are()
    {
        List<Row> rows = Decode(new PartitionRange(0, 0, 3), [TestBatch.Of(0, CompressionCodec.None, null, [], null)]);

        Row row = Assert.Single(rows);
        Assert.Equal(1, row.Offset);
        Assert.Empty(row.Value);
    }

    [Fact]
    public void Compaction_leaves_gaps_and_empty_batches_and_the_position_passes_them()
    {
        var gaps = new TestBatch { BaseOffset = 5, LastOffsetDelta = 20, Records = [new TestRecord(3, [1]), new TestRecord(9, [2])] };
        var empty = new TestBatch { BaseOffset = 40, LastOffsetDelta = 9 };
        var decoder = new SliceDecoder(new ReadFaults("t", DataLossPolicy.Throw, NullLogger.Instance), new PartitionRange(0, 0, 100), new Decompressor(1000), Buffers);

        List<Row> rows = Decode(decoder, [gaps, empty], null);

        Assert.Equal([8L, 14], rows.Select(r => r.Offset));
        Assert.Equal(50, decoder.Position);
    }

    [Fact]
    public void Log_append_time_is_the_time_of_every_record()
    {
        var batch = new TestBatch { IsLogAppendTime = true, MaxTimestamp = 77, Records = [new TestRecord(0, [1]) { TimestampDelta = 5 }, new TestRecord(1, [2]) { TimestampDelta = 9 }] };

        Assert.Equal([77L, 77], Decode(new PartitionRange(0, 0, 2), [batch]).Select(r => r.Timestamp));
    }

    [Fact]
    public void Headers_are_found()
    {
        var record = new TestRecord(0, [1]) { Headers = [("a", [1, 2]), ("none", null)] };
        RecordEntry entry = default;
        byte[] bytes = [];
        Decode(new SliceDecoder(new ReadFaults("t", DataLossPolicy.Throw, NullLogger.Instance), new PartitionRange(0, 0, 1), new Decompressor(1000), Buffers), [new TestBatch { Records = [record] }], null, c =>
        {
            entry = c.Entries[0];
            bytes = c.Bytes[entry.HeadersStart..];
        });

        Assert.Equal(2, entry.HeaderCount);
        Assert.Equal([2, (byte)'a', 4, 1, 2, 8, (byte)'n', (byte)'o', (byte)'n', (byte)'e', 1], bytes[..11]);
    }

    [Fact]
    public void Control_batches_and_aborted_transactions_are_no_rows()
    {
        TestBatch Of(long offset, long producer, byte value) =>
            new() { BaseOffset = offset, IsTransactional = true, ProducerId = producer, Records = [new TestRecord(0, [value]), new TestRecord(1, [value])] };
        TestBatch[] batches =
        [
            Of(0, 7, 1), Of(2, 8, 2), TestBatch.Of(4, CompressionCodec.None, [9]), TestBatch.Marker(5, 7, isCommit: false),
            Of(6, 7, 3), Of(8, 8, 4), TestBatch.Marker(10, 8, isCommit: true), TestBatch.Marker(11, 7, isCommit: true),
            Of(12, 8, 5), TestBatch.Marker(14, 8, isCommit: false), Of(15, 8, 6), TestBatch.Marker(17, 8, isCommit: true),
        ];
        AbortedTransaction[] aborted = [new(8, 12), new(7, 0)];
        var decoder = new SliceDecoder(new ReadFaults("t", DataLossPolicy.Throw, NullLogger.Instance), new PartitionRange(0, 0, 18), new Decompressor(1000), Buffers);

        List<Row> rows = Decode(decoder, batches, aborted);

        Assert.Equal([2, 2, 9, 3, 3, 4, 4, 6, 6], rows.Select(r => r.Value[0]));
        Assert.Equal(18, decoder.Position);
    }

    [Fact]
    public void A_wrong_checksum_names_the_batch_and_rows_before_it_are_given()
    {
        byte[] good = TestBatch.Of(0, CompressionCodec.None, [1]).ToBytes();
        byte[] bad = TestBatch.Of(1, CompressionCodec.None, [2]).ToBytes();
        bad[^2] ^= 1;
        var rows = new List<Row>();

        var e = Assert.Throws<RecordBatchException>(() => Decode(new SliceDecoder(new ReadFaults("clicks", DataLossPolicy.Throw, NullLogger.Instance), new PartitionRange(4, 0, 9), new Decompressor(1000), Buffers), [.. good, .. bad], null, rows));

        Assert.Equal("clicks", e.Topic);
        Assert.Equal(4, e.Partition);
        Assert.Equal(1, e.Offset);
        Assert.Contains("CRC", e.Message, StringComparison.Ordinal);
        Assert.Equal([1], Assert.Single(rows).Value);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_decompression_bomb_is_refused(int codec)
    {
        var bomb = TestBatch.Of(0, (CompressionCodec)codec, new byte[3_000_000]);

        var e = Assert.Throws<RecordBatchException>(() => Decode(new SliceDecoder(new ReadFaults("t", DataLossPolicy.Throw, NullLogger.Instance), new PartitionRange(0, 0, 1), new Decompressor(1_000_000), Buffers), [bomb], null));

        Assert.Contains("receive.message.max.bytes = 1000000", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gzip_bomb_whose_end_lies_is_refused()
    {
        byte[] batch = TestBatch.Of(0, CompressionCodec.Gzip, new byte[3_000_000]).ToBytes();
        batch[^4] = 100;
        batch[^3] = batch[^2] = batch[^1] = 0;
        TestBatch.Seal(batch);

        Assert.Throws<RecordBatchException>(() => Decode(new SliceDecoder(new ReadFaults("t", DataLossPolicy.Throw, NullLogger.Instance), new PartitionRange(0, 0, 1), new Decompressor(1_000_000), Buffers), batch, null, []));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    [InlineData(1_000_000, 0)]
    [InlineData(-1, 0)]
    public void A_wrong_number_of_records_is_a_fault(int more, int less)
    {
        var batch = new TestBatch { RecordCount = 2 + more - less, Records = [new TestRecord(0, [1]), new TestRecord(1, [2])] };

        if (more == -1)
        {
            batch = new TestBatch { RecordCount = -1, Records = batch.Records };
        }

        Assert.Throws<RecordBatchException>(() => Decode(new PartitionRange(0, 0, 2), [batch]));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(0, 5)]
    public void Offsets_that_do_not_ascend_within_the_batch_are_a_fault(int first, int second)
    {
        var batch = new TestBatch { LastOffsetDelta = 1, Records = [new TestRecord(first, [1]), new TestRecord(second, [2])] };

        Assert.Throws<RecordBatchException>(() => Decode(new PartitionRange(0, 0, 2), [batch]));
    }

    [Fact]
    public void Any_batches_and_any_range_give_the_records_in_it()
    {
        Gen<TestBatch[]> batches = Gen.Select(Gen.Int, Gen.Int[1, 60]).Select((seed, count) =>
        {
            var random = new Random(seed);
            long offset = random.Next(50);
            return Enumerable.Range(0, count).Select(_ =>
            {
                int records = random.Next(random.Next(10) == 0 ? 3000 : 20);
                int delta = -1;
                var batch = new TestBatch
                {
                    BaseOffset = offset,
                    Codec = (CompressionCodec)random.Next(5),
                    IsXerial = random.Next(2) == 0,
                    Records = [.. Enumerable.Range(0, records).Select(_ => new TestRecord(delta += random.Next(1, 4), Value(random)) { TimestampDelta = random.NextInt64(1L << random.Next(1, 60)) })],
                    LastOffsetDelta = delta + random.Next(1, 5),
                };
                offset += batch.LastOffsetDelta!.Value + 1 + random.Next(4);
                return batch;
            }).ToArray();
        });
        Gen.Select(batches, Gen.Int[0, 5000], Gen.Int[0, 20_000]).Sample(
            (all, start, length) =>
            {
                var expected = all
                    .SelectMany(b => b.Records.Select(r => (Offset: b.BaseOffset + r.OffsetDelta, r.Value, Time: b.BaseTimestamp + r.TimestampDelta)))
                    .Where(r => r.Value is not null && r.Offset >= start && r.Offset < start + length);
                List<Row> rows = Decode(new PartitionRange(0, start, start + length), all);
                Assert.Equal(expected.Select(r => (r.Offset, r.Time, Convert.ToHexString(r.Value!))), rows.Select(r => (r.Offset, r.Timestamp, Convert.ToHexString(r.Value))));
            },
            iter: 60);
    }

    private static byte[]? Value(Random random)
    {
        if (random.Next(20) == 0)
        {
            return null;
        }

        byte[] value = new byte[random.Next(random.Next(30) == 0 ? 20_000 : 120)];
        random.NextBytes(value.AsSpan(0, value.Length / 2));
        return value;
    }

    private static List<Row> Decode(PartitionRange range, TestBatch[] batches) => Decode(new SliceDecoder(new ReadFaults("t", DataLossPolicy.Throw, NullLogger.Instance), range, new Decompressor(100_000_000), Buffers), batches, null);

    private static List<Row> Decode(SliceDecoder decoder, TestBatch[] batches, AbortedTransaction[]? aborted, Action<RecordChunk>? onChunk = null)
    {
        var rows = new List<Row>();
        Decode(decoder, [.. batches.SelectMany(b => b.ToBytes())], aborted, rows, onChunk);
        return rows;
    }

    private static void Decode(SliceDecoder decoder, byte[] bytes, AbortedTransaction[]? aborted, List<Row> rows, Action<RecordChunk>? onChunk = null)
    {
        SharedBuffer buffer = Buffers.Rent(bytes.Length, null);
        bytes.CopyTo(buffer.Bytes, 0);
        decoder.Start(new FetchedSlice(buffer, bytes.Length, aborted));
        while (decoder.HasWork)
        {
            PooledChunk pooled = Buffers.Chunks.Rent(null);
            try
            {
                decoder.Decode(pooled);
                RecordChunk chunk = pooled.Chunk;
                onChunk?.Invoke(chunk);
                foreach (RecordEntry entry in chunk.Entries.AsSpan(0, chunk.Count))
                {
                    byte[]? key = entry.KeyLength < 0 ? null : chunk.Bytes[entry.KeyStart..(entry.KeyStart + entry.KeyLength)];
                    rows.Add(new Row(entry.Offset, entry.Timestamp, key, chunk.Value(entry).ToArray()));
                }
            }
            finally
            {
                pooled.Chunk.Release();
            }
        }
    }

    private static byte[] Gzip(byte[] value)
    {
        var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest))
        {
            gzip.Write(value);
        }

        return bytes.ToArray();
    }

    private sealed record Row(long Offset, long Timestamp, byte[]? Key, byte[] Value);
}
