using System.Text;
using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Direct;
using KafkaDatasets.Fetching.Direct.Records;
using KafkaDatasets.Ranges;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

/// <summary>Old topics: message formats v0 and v1, alone and before batches of v2.</summary>
public class MessageSetTests
{
    public static readonly TheoryData<int, int, bool> Kinds = new()
    {
        { 0, 0, false }, { 0, 1, false }, { 0, 2, true }, { 0, 2, false }, { 0, 3, false },
        { 1, 0, false }, { 1, 1, false }, { 1, 2, true }, { 1, 2, false }, { 1, 3, false },
    };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Every_format_and_codec_gives_the_records(int magic, int codec, bool isXerial)
    {
        await using ScriptedBroker broker = Broker(Messages(magic, (CompressionCodec)codec, isXerial, 0, 300));
        await using DirectEngine engine = DirectEngineTests.Engine(broker);

        DirectEngineTests.AssertNumbers(await DirectEngineTests.ReadAsync(engine, DirectEngineTests.Snapshot((0, 0, 300))), 0, 300);
        Assert.Equal(["0/123", "0/124"], (await DirectEngineTests.ReadAsync(engine, DirectEngineTests.Snapshot((0, 123, 125))))[0]);
    }

    [Fact]
    public async Task A_topic_that_is_as_old_as_Kafka_has_all_three_formats_one_behind_the_other()
    {
        List<byte[]> log = [];
        long offset = 0;
        foreach ((int magic, int codec, bool isXerial) in Kinds.Select(k => k.Data))
        {
            log.AddRange(Messages(magic, (CompressionCodec)codec, isXerial, offset, 50));
            offset += 50;
        }

        log.AddRange(DirectEngineTests.Numbers(1, 70, 10)[0].Skip(50));
        foreach (int bytes in new[] { 1, 300, 5000, 1 << 20 })
        {
            await using ScriptedBroker broker = Broker(log);
            await using DirectEngine engine = DirectEngineTests.Engine(broker, null, ("max.partition.fetch.bytes", $"{bytes}"));
            DirectEngineTests.AssertNumbers(await DirectEngineTests.ReadAsync(engine, DirectEngineTests.Snapshot((0, 0, 700))), 0, 700);
        }
    }

    [Fact]
    public async Task Keys_timestamps_and_offsets_are_those_of_the_messages_and_null_values_are_no_rows()
    {
        TestMessage[] inner =
        [
            new(1, 10, "a"u8.ToArray()) { Key = "k"u8.ToArray(), Timestamp = 7 },
            new(1, 11, null) { Timestamp = 8 },
            new(1, 13, "b"u8.ToArray()) { Timestamp = 9 }, // 12 was compacted
        ];
        List<byte[]> log =
        [
            new TestMessage(0, 3, "v0"u8.ToArray()) { Key = [] }.ToBytes(),
            new TestMessage(1, 4, null).ToBytes(),
            new TestMessage(1, 5, "v1"u8.ToArray()) { Timestamp = 6 }.ToBytes(),
            TestMessage.WrapperOf(1, 10, CompressionCodec.Gzip, inner).ToBytes(),
            (TestMessage.WrapperOf(1, 20, CompressionCodec.Lz4, [new(1, 20, "c"u8.ToArray()) { Timestamp = 1 }, new(1, 21, "d"u8.ToArray())]) with { IsLogAppendTime = true, Timestamp = 99 }).ToBytes(),
        ];
        await using ScriptedBroker broker = Broker(log);
        await using DirectEngine engine = DirectEngineTests.Engine(broker);
        await using IRecordSource source = engine.OpenSource(ReadOrder.Of(DirectEngineTests.Snapshot((0, 0, 22))), 1 << 20);
        var rows = new List<(long, long, string?, string)>();
        while (await source.ReadAsync(0, Cancelled) is { } chunk)
        {
            foreach (RecordEntry entry in chunk.Entries.AsSpan(0, chunk.Count))
            {
                Assert.Equal(0, entry.HeaderCount);
                rows.Add((entry.Offset, entry.Timestamp, entry.KeyLength < 0 ? null : Encoding.UTF8.GetString(chunk.Key(entry)), Encoding.UTF8.GetString(chunk.Value(entry))));
            }

            chunk.Release();
        }

        Assert.Equal([(3, 0, "", "v0"), (5, 6, null, "v1"), (10, 7, "k", "a"), (13, 9, null, "b"), (20, 99, null, "c"), (21, 99, null, "d")], rows);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(0, 2)]
    [InlineData(1, 1)]
    public async Task A_flipped_bit_is_told_with_its_offset_or_skipped_alone(int magic, int codec)
    {
        List<byte[]> log = Messages(magic, (CompressionCodec)codec, false, 0, 100);
        int bad = log.FindIndex(m => System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(m) >= 55);
        log[bad][^3] ^= 0x20;
        await using ScriptedBroker broker = Broker(log);
        await using DirectEngine engine = DirectEngineTests.Engine(broker);
        var read = new List<string>();

        var e = await Assert.ThrowsAsync<RecordBatchException>(() => DirectEngineTests.ReadAsync(engine, DirectEngineTests.Snapshot((0, 0, 100)), read));

        (int from, int to) = codec == 0 ? (55, 56) : (50, 60);
        Assert.Equal(to - 1, e.Offset);
        Assert.Contains("CRC-32", e.Message, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, from).Select(i => $"0/{i}"), read);
        await using var skipping = new DirectEngine(DirectEngineTests.Context(broker.Address, TimeSpan.FromSeconds(30), []) with { OnDataLoss = DataLossPolicy.Skip });
        Assert.Equal(
            Enumerable.Range(0, 100).Where(i => i < from || i >= to).Select(i => $"0/{i}"),
            (await DirectEngineTests.ReadAsync(skipping, DirectEngineTests.Snapshot((0, 0, 100))))[0]);
    }

    [Fact]
    public async Task What_no_broker_writes_is_told_and_never_crashes()
    {
        TestMessage good = TestMessage.Wrapper(1, 0, CompressionCodec.Snappy, false, [[1], [2]]);
        TestMessage[] bad =
        [
            good with { Value = null },
            good with { Value = [] },
            good with { Value = [9, 9, 9] },
            good with { Magic = 0 },
            good with { Codec = (CompressionCodec)5 },
            TestMessage.WrapperOf(1, 0, CompressionCodec.Gzip, [good]),
            TestMessage.WrapperOf(0, 5, CompressionCodec.Gzip, [new TestMessage(0, 7, [1]), new TestMessage(0, 6, [2])]),
            TestMessage.WrapperOf(0, 5, CompressionCodec.Gzip, [new TestMessage(0, 7, [1])]) with { Offset = 6 },
        ];
        foreach (TestMessage message in bad)
        {
            await using ScriptedBroker broker = Broker([message.ToBytes()]);
            await using DirectEngine engine = DirectEngineTests.Engine(broker);
            await Assert.ThrowsAsync<RecordBatchException>(() => DirectEngineTests.ReadAsync(engine, DirectEngineTests.Snapshot((0, 0, 7))));
        }
    }

    [Fact]
    public void The_checksum_is_that_of_zlib() => Assert.Equal(0xCBF43926u, Crc32.Compute("123456789"u8));

    private static ScriptedBroker Broker(List<byte[]> log) => new() { Log = new() { [0] = log } };

    /// <summary>The values partition/offset: plain messages, or wrappers of ten.</summary>
    private static List<byte[]> Messages(int magic, CompressionCodec codec, bool isXerial, long start, int count)
    {
        byte[] Value(long offset) => Encoding.UTF8.GetBytes($"0/{offset}");
        return codec == CompressionCodec.None
            ? [.. Enumerable.Range(0, count).Select(i => new TestMessage(magic, start + i, Value(start + i)).ToBytes())]
            : [.. Enumerable.Range(0, count / 10).Select(w => TestMessage.Wrapper(magic, start + (w * 10), codec, isXerial, [.. Enumerable.Range(0, 10).Select(i => Value(start + (w * 10) + i))]).ToBytes())];
    }
}
