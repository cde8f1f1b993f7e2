using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net.Sockets;
using System.Text;
using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Direct;
using KafkaDatasets.Fetching.Direct.Records;
using KafkaDatasets.Ranges;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

public class DirectEngineTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1.5);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_oldest_and_the_newest_broker_are_read(bool isOldest)
    {
        await using var broker = new ScriptedBroker { Log = Numbers(3, 40, 25), Versions = isOldest ? ScriptedBroker.Oldest : new ScriptedBroker().Versions };
        await using DirectEngine engine = Engine(broker);

        TopicMetadata topic = await engine.DescribeTopicAsync(ScriptedBroker.Topic, Cancelled);
        long[] starts = await engine.ListOffsetsAsync(topic.Name, topic.Partitions, OffsetQuery.Earliest, Cancelled);
        long[] ends = await engine.ListOffsetsAsync(topic.Name, topic.Partitions, OffsetQuery.LastStable, Cancelled);
        List<string>[] rows = await ReadAsync(engine, new DatasetSnapshot(topic.Name, topic.Id, topic.Partitions.Select((p, i) => new PartitionRange(p, starts[i], ends[i]))));

        Assert.Equal([0, 1, 2], topic.Partitions);
        Assert.Equal(isOldest ? (Guid?)null : ScriptedBroker.TopicId, topic.Id);
        Assert.Equal([0, 0, 0], starts);
        Assert.Equal([1000, 1000, 1000], ends);
        AssertNumbers(rows, 0, 1000);
        Assert.Equal(
            isOldest ? [(1, 4), (2, 2), (3, 4), (18, 0)] : [(1, 17), (2, 8), (3, 12), (18, 0)],
            broker.Requests.Distinct().OrderBy(r => r.Api).Select(r => (r.Api, r.Version)));
        Assert.All(broker.FetchedPartitions, p => Assert.Equal(isOldest ? -1 : 5, p.Epoch));
    }

    [Fact]
    public async Task A_broker_that_is_too_old_is_named()
    {
        await using var broker = new ScriptedBroker { Versions = new() { [18] = (0, 0), [3] = (0, 2), [1] = (0, 3), [2] = (0, 1) } };
        await using DirectEngine engine = Engine(broker);

        var e = await Assert.ThrowsAsync<BrokerException>(async () => await engine.DescribeTopicAsync(ScriptedBroker.Topic, Cancelled));

        Assert.Equal(35, e.ErrorCode);
        Assert.Contains("Kafka 0.11", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Timestamps_give_the_first_offset_or_the_last_stable_one()
    {
        byte[] Batch(long offset, long time) => new TestBatch { BaseOffset = offset, MaxTimestamp = time, Records = [new TestRecord(0, [1])] }.ToBytes();
        await using var broker = new ScriptedBroker { Log = new() { [0] = [Batch(0, 1000), Batch(1, 2000), Batch(2, 3000)] } };
        await using DirectEngine engine = Engine(broker);

        async Task<long> At(long time) => Assert.Single(await engine.ListOffsetsAsync(ScriptedBroker.Topic, [0], OffsetQuery.At(DateTimeOffset.FromUnixTimeMilliseconds(time)), Cancelled));

        Assert.Equal(1, await At(1500));
        Assert.Equal(2, await At(3000));
        broker.LastStableOffset = 2;
        Assert.Equal(2, await At(4000));
    }

    [Fact]
    public async Task A_missing_topic_is_named()
    {
        await using var broker = new ScriptedBroker { TopicError = 3 };
        await using DirectEngine engine = Engine(broker);

        var e = await Assert.ThrowsAsync<TopicNotFoundException>(async () => await engine.DescribeTopicAsync(ScriptedBroker.Topic, Cancelled));

        Assert.Equal(ScriptedBroker.Topic, e.Topic);
    }

    [Fact]
    public async Task Access_that_is_denied_is_told_at_once()
    {
        await using var broker = new ScriptedBroker { Log = Numbers(1, 2, 5), FetchError = (_, _) => 29 };
        await using DirectEngine engine = Engine(broker, timeout: TimeSpan.FromMinutes(10));

        var e = await Assert.ThrowsAsync<BrokerException>(() => ReadAsync(engine, Snapshot((0, 0, 10))));

        Assert.True(e.IsAccessDenied);
        Assert.Equal(29, e.ErrorCode);
        broker.TopicError = 29;
        e = await Assert.ThrowsAsync<BrokerException>(async () => await engine.DescribeTopicAsync(ScriptedBroker.Topic, Cancelled));
        Assert.True(e.IsAccessDenied);
    }

    [Fact]
    public async Task No_broker_is_an_error_after_the_timeout()
    {
        using var closed = new ClosedPort();
        await using var engine = new DirectEngine(Context(closed.Address, Short, []));

        var e = await Assert.ThrowsAsync<BrokerException>(async () => await engine.DescribeTopicAsync("t", Cancelled));
        Assert.Contains(closed.Address, e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<BrokerException>(() => ReadAsync(engine, Snapshot((0, 0, 10))));
        Assert.Equal(0, e.Partition);
    }

    [Fact]
    public async Task A_second_bootstrap_server_is_asked_when_the_first_is_away()
    {
        await using var broker = new ScriptedBroker { Log = Numbers(1, 3, 10) };
        await using var engine = new DirectEngine(Context($"127.0.0.1:1,{broker.Address}", TimeSpan.FromSeconds(20), []));

        AssertNumbers(await ReadAsync(engine, Snapshot((0, 0, 30))), 0, 30);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(74)]
    [InlineData(75)]
    [InlineData(3)]
    [InlineData(100)]
    [InlineData(56)]
    [InlineData(9)]
    [InlineData(-1)]
    public async Task A_passing_error_of_a_partition_is_passed(int error)
    {
        await using var broker = new ScriptedBroker { Log = Numbers(3, 30, 10), FetchError = (fetch, partition) => fetch is 1 or 2 && partition == 1 ? error : 0 };
        await using DirectEngine engine = Engine(broker);

        AssertNumbers(await ReadAsync(engine, Snapshot((0, 0, 300), (1, 0, 300), (2, 0, 300))), 0, 300);
    }

    [Fact]
    public async Task A_lasting_error_of_a_partition_is_told_after_the_timeout_with_the_rows_before_it()
    {
        await using var broker = new ScriptedBroker { Log = Numbers(1, 30, 10), FetchError = (fetch, _) => fetch > 1 ? 6 : 0 };
        await using DirectEngine engine = Engine(broker, Short, ("max.partition.fetch.bytes", "1000"));
        var rows = new List<string>();

        var e = await Assert.ThrowsAsync<BrokerException>(() => ReadAsync(engine, Snapshot((0, 0, 300)), rows));

        Assert.Equal(6, e.ErrorCode);
        Assert.Equal(0, e.Partition);
        Assert.Equal(rows.Count, e.Offset);
        Assert.InRange(rows.Count, 10, 290);
    }

    [Fact]
    public async Task An_error_without_a_remedy_is_told_at_once()
    {
        await using var broker = new ScriptedBroker { Log = Numbers(1, 3, 10), FetchError = (_, _) => 87 };
        await using DirectEngine engine = Engine(broker, TimeSpan.FromMinutes(10));

        var e = await Assert.ThrowsAsync<BrokerException>(() => ReadAsync(engine, Snapshot((0, 0, 30))));

        Assert.Equal(87, e.ErrorCode);
    }

    [Fact]
    public async Task A_leader_that_moves_is_followed()
    {
        Dictionary<int, List<byte[]>> log = Numbers(2, 200, 50);
        await using var second = new ScriptedBroker { NodeId = 2, Log = log, LeaderEpoch = 6 };
        await using var first = new ScriptedBroker { NodeId = 1, Log = log };
        bool moved = false;
        first.Leader = second.Leader = p => moved && p == 1 ? second : first;
        first.Send = async (fetch, frame, stream, _) =>
        {
            if (fetch == 2)
            {
                moved = true;
                first.LeaderEpoch = 6;
            }

            await stream.WriteAsync(frame, Cancelled);
        };
        await using DirectEngine engine = Engine(first, null, ("max.partition.fetch.bytes", "2000"));

        AssertNumbers(await ReadAsync(engine, Snapshot((0, 0, 10_000), (1, 0, 10_000))), 0, 10_000);
        Assert.Contains(second.Requests, r => r.Api == 1);
    }

    [Fact]
    public async Task A_preferred_replica_is_read_from()
    {
        Dictionary<int, List<byte[]>> log = Numbers(1, 20, 10);
        await using var second = new ScriptedBroker { NodeId = 2, Log = log };
        await using var first = new ScriptedBroker { NodeId = 1, Log = log, PreferredReplica = 2 };
        first.Log[1] = [];
        first.Leader = p => p == 1 ? second : first;
        await using DirectEngine engine = Engine(first);

        AssertNumbers(await ReadAsync(engine, Snapshot((0, 0, 200))), 0, 200);
        Assert.Contains(second.Requests, r => r.Api == 1);
    }

    [Fact]
    public async Task Rows_below_the_start_of_the_log_are_data_loss()
    {
        await using var broker = new ScriptedBroker { Log = Numbers(1, 30, 10), LogStart = { [0] = 120 } };
        await using DirectEngine engine = Engine(broker, TimeSpan.FromMinutes(10));

        var e = await Assert.ThrowsAsync<DataLossException>(() => ReadAsync(engine, Snapshot((0, 55, 300))));

        Assert.Equal((ScriptedBroker.Topic, 0, 55), (e.Topic, e.Partition, e.Offset));
        Assert.Contains("120", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_below_the_start_of_the_log_are_skipped_on_demand()
    {
        await using var broker = new ScriptedBroker { Log = Numbers(2, 30, 10), LogStart = { [0] = 120, [1] = 280 } };
        var lines = new LineLogger();
        var lost = new ConcurrentQueue<long>();
        using var meter = new MeterListener();
        meter.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "kafkadatasets.offsets.lost")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meter.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            if (tags[0].Value is "events")
            {
                lost.Enqueue(value);
            }
        });
        meter.Start();
        await using var engine = new DirectEngine(Context(broker.Address, TimeSpan.FromSeconds(20), []) with { OnDataLoss = DataLossPolicy.Skip, Logger = lines });

        List<string>[] rows = await ReadAsync(engine, Snapshot((0, 55, 300), (1, 0, 200)));

        Assert.Equal(Enumerable.Range(120, 180).Select(i => $"0/{i}"), rows[0]);
        Assert.Empty(rows[1]);
        Assert.Equal([65L, 200], lost.Order());
        Assert.Contains("Lost offsets 55 to 120 of topic events, partition 0, which are no longer in the log or are corrupt; going on at 120. The partition has lost 65 so far", lines);
        Assert.Contains("Lost offsets 0 to 200 of topic events, partition 1, which are no longer in the log or are corrupt; going on at 200. The partition has lost 200 so far", lines);
    }

    [Fact]
    public async Task A_log_that_ends_before_the_range_is_waited_for_and_then_an_error()
    {
        await using var broker = new ScriptedBroker { Log = Numbers(1, 10, 10) };
        await using DirectEngine engine = Engine(broker, Short);
        var rows = new List<string>();

        var e = await Assert.ThrowsAsync<BrokerException>(() => ReadAsync(engine, Snapshot((0, 0, 200)), rows));

        Assert.Equal(100, rows.Count);
        Assert.Equal(100, e.Offset);
        Assert.Contains("high watermark 100", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_end_that_comes_back_is_read_on()
    {
        Dictionary<int, List<byte[]>> log = Numbers(1, 20, 10);
        await using var broker = new ScriptedBroker { Log = log, LastStableOffset = 100 };
        broker.Send = async (fetch, frame, stream, _) =>
        {
            broker.LastStableOffset = fetch > 4 ? long.MaxValue : 100;
            await stream.WriteAsync(frame, Cancelled);
        };
        await using DirectEngine engine = Engine(broker);

        AssertNumbers(await ReadAsync(engine, Snapshot((0, 0, 200))), 0, 200);
    }

    [Fact]
    public async Task Offsets_beyond_a_truncated_log_are_data_loss()
    {
        await using var broker = new ScriptedBroker { Log = Numbers(1, 10, 10) };
        await using DirectEngine engine = Engine(broker, Short);

        var e = await Assert.ThrowsAsync<DataLossException>(() => ReadAsync(engine, Snapshot((0, 150, 200))));

        Assert.Equal(150, e.Offset);
    }

    [Fact]
    public async Task A_log_that_diverges_is_data_loss()
    {
        await using var broker = new ScriptedBroker { Log = Numbers(1, 10, 10) };
        broker.Send = async (_, frame, stream, _) =>
        {
            broker.DivergedAt = 7;
            await stream.WriteAsync(frame, Cancelled);
        };
        await using DirectEngine engine = Engine(broker, TimeSpan.FromMinutes(10), ("max.partition.fetch.bytes", "500"));

        var e = await Assert.ThrowsAsync<DataLossException>(() => ReadAsync(engine, Snapshot((0, 50, 100))));

        Assert.Contains("truncated at offset 7", e.Message, StringComparison.Ordinal);
        Assert.Equal([-1, 3], broker.FetchedPartitions.Select(p => p.LastEpoch));
    }

    [Fact]
    public async Task A_topic_made_anew_is_data_loss()
    {
        await using var broker = new ScriptedBroker { Log = Numbers(1, 10, 10) };
        await using DirectEngine engine = Engine(broker, TimeSpan.FromMinutes(10));
        await engine.DescribeTopicAsync(ScriptedBroker.Topic, Cancelled);
        broker.Id = Guid.NewGuid();

        var e = await Assert.ThrowsAsync<DataLossException>(() => ReadAsync(engine, Snapshot((0, 0, 100))));

        Assert.Contains(broker.Id.ToString()!, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_topic_is_data_loss()
    {
        await using var broker = new ScriptedBroker { Log = Numbers(1, 10, 10), TopicError = 3 };
        await using DirectEngine engine = Engine(broker, Short);

        await Assert.ThrowsAsync<DataLossException>(() => ReadAsync(engine, Snapshot((0, 0, 100))));
    }

    [Fact]
    public async Task Aborted_transactions_are_no_rows_and_the_range_ends_behind_its_marker()
    {
        byte[] Data(long offset, long producer) => new TestBatch { BaseOffset = offset, IsTransactional = true, ProducerId = producer, Records = [new TestRecord(0, Encoding.UTF8.GetBytes($"0/{offset}"))] }.ToBytes();
        var log = new List<byte[]> { Data(0, 7), TestBatch.Marker(1, 7, isCommit: false).ToBytes(), Data(2, 7), TestBatch.Marker(3, 7, isCommit: true).ToBytes(), Data(4, 8), TestBatch.Marker(5, 8, isCommit: false).ToBytes() };
        await using var broker = new ScriptedBroker { Log = new() { [0] = log }, Aborted = { [0] = [(7, 0), (8, 4)] } };
        await using DirectEngine engine = Engine(broker);

        Assert.Equal(["0/2"], Assert.Single(await ReadAsync(engine, Snapshot((0, 0, 6)))));
    }

    [Fact]
    public async Task Batches_larger_than_what_is_asked_for_are_read()
    {
        var log = new Dictionary<int, List<byte[]>>();
        for (int p = 0; p < 3; p++)
        {
            log[p] = [.. Enumerable.Range(0, 20).Select(i => TestBatch.Of(i, CompressionCodec.None, Encoding.UTF8.GetBytes($"{p}/{i}" + new string(' ', i % 4 == 0 ? 50_000 : 10))).ToBytes())];
        }

        await using var broker = new ScriptedBroker { Log = log };
        await using DirectEngine engine = Engine(broker, null, ("max.partition.fetch.bytes", "100"));

        List<string>[] rows = await ReadAsync(engine, Snapshot((0, 0, 20), (1, 0, 20), (2, 0, 20)));

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"2/{i}"), rows[2].Select(r => r.Trim()));
    }

    [Fact]
    public async Task The_bound_on_bytes_holds_back_what_is_not_needed()
    {
        var log = new Dictionary<int, List<byte[]>>();
        for (int p = 0; p < 4; p++)
        {
            log[p] = [.. Enumerable.Range(0, 200).Select(i => TestBatch.Of(i, CompressionCodec.None, new byte[20_000]).ToBytes())];
        }

        await using var broker = new ScriptedBroker { Log = log };
        await using DirectEngine engine = Engine(broker);
        await using IRecordSource source = engine.OpenSource(ReadOrder.Of(Snapshot((0, 0, 200), (1, 0, 200), (2, 0, 200), (3, 0, 200))), 1 << 20);

        for (long position = 0; position < 200;)
        {
            RecordChunk chunk = (await source.ReadAsync(3, Cancelled))!;
            position = chunk.NextOffset;
            chunk.Release();
        }

        Assert.True(broker.FetchedPartitions.Where(p => p.Partition < 3).Max(p => p.Offset) < 100);
        Assert.Null(await source.ReadAsync(3, Cancelled));
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(16 << 20)]
    public async Task Many_partitions_of_large_batches_stay_near_the_bound_and_use_their_buffers_again(int bound)
    {
        const int Partitions = 40;
        const int Batches = 6;
        const int BatchBytes = 200_000;
        var log = new Dictionary<int, List<byte[]>>();
        for (int p = 0; p < Partitions; p++)
        {
            byte[] value = new byte[BatchBytes / 20];
            new Random(p).NextBytes(value);
            log[p] = [.. Enumerable.Range(0, Batches).Select(b => TestBatch.Of(b * 20, CompressionCodec.Snappy, [.. Enumerable.Repeat(value, 20)]).ToBytes())];
        }

        await using var broker = new ScriptedBroker { Log = log };
        using var buffers = new BufferPool(TimeProvider.System);
        await using var engine = new DirectEngine(Context(broker.Address, TimeSpan.FromSeconds(30), []) with { Buffers = buffers });
        DatasetSnapshot snapshot = Snapshot([.. Enumerable.Range(0, Partitions).Select(p => (p, 0L, (long)(Batches * 20)))]);
        long most = 0;
        for (int pass = 0; pass < 5; pass++)
        {
            await using IRecordSource source = engine.OpenSource(ReadOrder.Of(snapshot), bound);
            var chunks = new RecordChunk?[Partitions];
            for (int round = 0; round < Batches + 1; round++)
            {
                for (int p = 0; p < Partitions; p++)
                {
                    chunks[p]?.Release();
                    chunks[p] = await source.ReadAsync(p, Cancelled);
                    Assert.Equal(round < Batches, chunks[p] is not null);
                    most = Math.Max(most, buffers.Total);
                }
            }
        }

        const int Buffer = 229_376; // the smallest of the pool's sizes that holds a batch
        Assert.InRange(most, Partitions * Buffer, bound + (Partitions * Buffer) + Buffer);
        Assert.InRange(buffers.Made, Partitions, 8 * Partitions);
    }

    [Fact]
    public async Task Engines_opened_one_after_another_use_the_same_buffers()
    {
        byte[] value = new byte[10_000];
        new Random(1).NextBytes(value);
        await using var broker = new ScriptedBroker { Log = new() { [0] = [TestBatch.Of(0, CompressionCodec.Snappy, [.. Enumerable.Repeat(value, 20)]).ToBytes()] } };
        using var buffers = new BufferPool(TimeProvider.System);
        long afterFirst = 0;
        for (int pass = 0; pass < 10; pass++)
        {
            await using var engine = new DirectEngine(Context(broker.Address, TimeSpan.FromSeconds(30), []) with { Buffers = buffers });
            await using IRecordSource source = engine.OpenSource(ReadOrder.Of(Snapshot((0, 0, 20))), 1 << 20);
            int rows = 0;
            while (await source.ReadAsync(0, Cancelled) is { } chunk)
            {
                rows += chunk.Count;
                chunk.Release();
            }

            Assert.Equal(20, rows);
            afterFirst = pass == 0 ? buffers.Made : afterFirst;
        }

        Assert.Equal(afterFirst, buffers.Made);
        Assert.InRange(buffers.Total, 1, 1 << 20);
    }

    [Fact]
    public async Task Throttling_is_honoured()
    {
        await using var broker = new ScriptedBroker { Log = Numbers(1, 30, 10), ThrottleMilliseconds = 40 };
        await using DirectEngine engine = Engine(broker, null, ("max.partition.fetch.bytes", "500"));
        long started = TimeProvider.System.GetTimestamp();

        AssertNumbers(await ReadAsync(engine, Snapshot((0, 0, 300))), 0, 300);

        int fetches = broker.Requests.Count(r => r.Api == 1);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds, (fetches - 1) * 35, 60_000);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("half a frame")]
    [InlineData("drip")]
    [InlineData("pieces")]
    public async Task A_connection_that_breaks_or_is_slow_loses_nothing(string fault)
    {
        await using var broker = new ScriptedBroker { Log = Numbers(3, 40, 10) };
        broker.Send = async (fetch, frame, stream, socket) =>
        {
            if (fault == "drip" && fetch == 1)
            {
                for (int i = 0; i < Math.Min(300, frame.Length); i++)
                {
                    await stream.WriteAsync(frame.AsMemory(i, 1), Cancelled);
                }

                await stream.WriteAsync(frame.AsMemory(Math.Min(300, frame.Length)), Cancelled);
            }
            else if (fault == "pieces")
            {
                foreach (byte[] piece in frame.Chunk(777))
                {
                    await stream.WriteAsync(piece, Cancelled);
                    await Task.Yield();
                }
            }
            else if (fault is "reset" or "half a frame" && fetch is 1 or 3)
            {
                await stream.WriteAsync(frame.AsMemory(0, fault == "reset" ? 0 : frame.Length / 2), Cancelled);
                socket.LingerState = new LingerOption(fault == "reset", 0);
                socket.Close();
            }
            else
            {
                await stream.WriteAsync(frame, Cancelled);
            }
        };
        await using DirectEngine engine = Engine(broker, null, ("max.partition.fetch.bytes", "3000"));

        AssertNumbers(await ReadAsync(engine, Snapshot((0, 0, 400), (1, 0, 400), (2, 0, 400))), 0, 400);
    }

    [Theory]
    [InlineData("correlation id")]
    [InlineData("huge length")]
    [InlineData("negative length")]
    [InlineData("short frame")]
    [InlineData("long frame")]
    [InlineData("noise")]
    [InlineData("http")]
    public async Task An_answer_that_is_not_Kafkas_is_told_at_once(string fault)
    {
        await using var broker = new ScriptedBroker { Log = Numbers(1, 3, 10) };
        broker.Send = async (_, frame, stream, _) =>
        {
            byte[] answer = [.. frame];
            switch (fault)
            {
                case "correlation id":
                    answer[7] ^= 1;
                    break;
                case "huge length":
                    answer[0] = 0x7F;
                    break;
                case "negative length":
                    answer[0] = 0x80;
                    break;
                case "short frame":
                    BinaryPrimitives.WriteInt32BigEndian(answer, answer.Length - 4 - 100);
                    break;
                case "long frame":
                    BinaryPrimitives.WriteInt32BigEndian(answer, answer.Length - 4 + 9);
                    answer = [.. answer, 1, 2, 3, 4, 5, 6, 7, 8, 9];
                    break;
                case "noise":
                    new Random(5).NextBytes(answer.AsSpan(8));
                    break;
                default:
                    answer = Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                    break;
            }

            await stream.WriteAsync(answer, Cancelled);
        };
        await using DirectEngine engine = Engine(broker, TimeSpan.FromMinutes(10), ("max.partition.fetch.bytes", "300"));

        var e = await Assert.ThrowsAnyAsync<KafkaDatasetException>(() => ReadAsync(engine, Snapshot((0, 0, 30))));

        Assert.Contains(broker.Address, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_falls_silent_is_left_and_tried_again()
    {
        await using var broker = new ScriptedBroker { Log = Numbers(1, 30, 10) };
        broker.Send = (fetch, frame, stream, _) => fetch == 2 ? Task.Delay(Timeout.Infinite, Cancelled) : stream.WriteAsync(frame, Cancelled).AsTask();
        await using DirectEngine engine = Engine(broker, TimeSpan.FromSeconds(4), ("max.partition.fetch.bytes", "500"), ("fetch.wait.max.ms", "50"));

        AssertNumbers(await ReadAsync(engine, Snapshot((0, 0, 300))), 0, 300);
        Assert.True(broker.Connections > 1);
    }

    [Fact]
    public async Task A_broker_that_stays_silent_is_an_error()
    {
        await using var broker = new ScriptedBroker { Log = Numbers(1, 3, 10), Send = (_, _, _, _) => Task.Delay(Timeout.Infinite, Cancelled) };
        await using DirectEngine engine = Engine(broker, Short, ("fetch.wait.max.ms", "50"));

        var e = await Assert.ThrowsAsync<BrokerException>(() => ReadAsync(engine, Snapshot((0, 0, 30))));

        Assert.Contains("no byte was received", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_checksum_that_lies_is_told_with_its_place()
    {
        Dictionary<int, List<byte[]>> log = Numbers(1, 30, 10);
        log[0][17][^1] ^= 0x10;
        await using var broker = new ScriptedBroker { Log = log };
        await using DirectEngine engine = Engine(broker);
        var rows = new List<string>();

        var e = await Assert.ThrowsAsync<RecordBatchException>(() => ReadAsync(engine, Snapshot((0, 0, 300)), rows));

        Assert.Equal((ScriptedBroker.Topic, 0, 170), (e.Topic, e.Partition, e.Offset));
        Assert.Equal(170, rows.Count);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(127)]
    public async Task An_unknown_message_format_is_named(byte magic)
    {
        await using var broker = new ScriptedBroker { Log = new() { [0] = [new TestBatch { Magic = magic, Records = [new TestRecord(0, [1])] }.ToBytes()] } };
        await using DirectEngine engine = Engine(broker);

        var e = await Assert.ThrowsAsync<RecordBatchException>(() => ReadAsync(engine, Snapshot((0, 0, 1))));

        Assert.Contains($"format v{magic}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_waiting_read_ends_when_it_is_cancelled_and_can_be_made_again()
    {
        await using var broker = new ScriptedBroker { Log = Numbers(1, 10, 10), LastStableOffset = 0 };
        await using DirectEngine engine = Engine(broker, TimeSpan.FromMinutes(10));
        await using IRecordSource source = engine.OpenSource(ReadOrder.Of(Snapshot((0, 0, 100))), 1 << 20);
        using var cancel = new CancellationTokenSource();

        Task<RecordChunk?> read = source.ReadAsync(0, cancel.Token).AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        broker.LastStableOffset = long.MaxValue;
        RecordChunk? chunk = await source.ReadAsync(0, Cancelled);
        Assert.Equal(0, chunk!.Entries[0].Offset);
        chunk.Release();
    }

    [Fact]
    public async Task Disposing_ends_a_waiting_read_and_gives_back_connections()
    {
        await using var broker = new ScriptedBroker { Log = Numbers(1, 10, 10), Send = (_, _, _, _) => Task.Delay(Timeout.Infinite, Cancelled) };
        await using DirectEngine engine = Engine(broker, TimeSpan.FromMinutes(10));
        IRecordSource source = engine.OpenSource(ReadOrder.Of(Snapshot((0, 0, 100))), 1 << 20);
        Task<RecordChunk?> read = source.ReadAsync(0, Cancelled).AsTask();
        Assert.True(SpinWait.SpinUntil(() => broker.Requests.Any(r => r.Api == 1), TimeSpan.FromSeconds(20)));

        await source.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancelled);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => read.WaitAsync(TimeSpan.FromSeconds(60), Cancelled));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await source.ReadAsync(0, Cancelled));
    }

    [Fact]
    public async Task Passes_use_the_same_connection_one_after_the_other()
    {
        await using var broker = new ScriptedBroker { Log = Numbers(2, 20, 10) };
        await using DirectEngine engine = Engine(broker);

        for (int pass = 0; pass < 5; pass++)
        {
            AssertNumbers(await ReadAsync(engine, Snapshot((0, 0, 200), (1, 0, 200))), 0, 200);
        }

        Assert.InRange(broker.Connections, 1, 2);
    }

    [Fact]
    public async Task An_empty_range_needs_no_broker()
    {
        await using var engine = new DirectEngine(Context("127.0.0.1:1", TimeSpan.FromMinutes(10), []));
        await using IRecordSource source = engine.OpenSource(ReadOrder.Of(Snapshot((0, 5, 5))), 1 << 20);

        Assert.Null(await source.ReadAsync(0, Cancelled));
    }

    private sealed class LineLogger : ConcurrentQueue<string>, ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Enqueue(formatter(state, exception));
    }

    internal static DirectEngine Engine(ScriptedBroker broker, TimeSpan? timeout = null, params (string Name, string Value)[] config) =>
        new(Context(broker.Address, timeout ?? TimeSpan.FromSeconds(30), config));

    internal static FetchContext Context(string servers, TimeSpan timeout, (string Name, string Value)[] config) =>
        new(servers, config.ToDictionary(c => c.Name, c => c.Value), DataLossPolicy.Throw, timeout, NullLogger.Instance, TimeProvider.System);

    internal static DatasetSnapshot Snapshot(params (int Partition, long Start, long End)[] ranges) =>
        new(ScriptedBroker.Topic, ScriptedBroker.TopicId, ranges.Select(r => new PartitionRange(r.Partition, r.Start, r.End)), stripeLength: 16);

    /// <summary>Records whose values are partition/offset, in batches of every codec.</summary>
    internal static Dictionary<int, List<byte[]>> Numbers(int partitions, int batches, int records)
    {
        var log = new Dictionary<int, List<byte[]>>();
        for (int p = 0; p < partitions; p++)
        {
            log[p] = [.. Enumerable.Range(0, batches).Select(b =>
                TestBatch.Of(b * records, (CompressionCodec)(b % 5), [.. Enumerable.Range(b * records, records).Select(i => Encoding.UTF8.GetBytes($"{p}/{i}"))]).ToBytes())];
        }

        return log;
    }

    internal static void AssertNumbers(List<string>[] rows, int start, int end)
    {
        for (int p = 0; p < rows.Length; p++)
        {
            Assert.Equal(Enumerable.Range(start, end - start).Select(i => $"{p}/{i}"), rows[p]);
        }
    }

    /// <summary>Reads the partitions in turn, stripe by stripe, as the pipeline does.</summary>
    internal static async Task<List<string>[]> ReadAsync(IFetchEngine engine, DatasetSnapshot snapshot, List<string>? firstPartition = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        await using IRecordSource source = engine.OpenSource(ReadOrder.Of(snapshot), 8 << 20);
        List<string>[] rows = [.. snapshot.Partitions.Select(_ => new List<string>())];
        rows[0] = firstPartition ?? rows[0];
        var open = new HashSet<int>(Enumerable.Range(0, rows.Length));
        while (open.Count > 0)
        {
            foreach (int p in open.ToList())
            {
                RecordChunk? chunk = await source.ReadAsync(p, limit.Token);
                if (chunk is null)
                {
                    open.Remove(p);
                    continue;
                }

                foreach (RecordEntry entry in chunk.Entries.AsSpan(0, chunk.Count))
                {
                    rows[p].Add(Encoding.UTF8.GetString(chunk.Value(entry)));
                }

                chunk.Release();
            }
        }

        return rows;
    }
}
