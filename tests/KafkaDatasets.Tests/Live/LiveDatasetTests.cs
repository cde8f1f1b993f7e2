using Confluent.Kafka;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.Live;

/// <summary>Live reads on the embedded broker, whose consumer groups are librdkafka's own.</summary>
/// <param name="engine">The engine, which reads the head of the log too.</param>
public abstract class LiveDatasetTests(FetchEngine engine)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("consumer")]
    [InlineData("classic")]
    public async Task Every_row_is_read_once_and_the_group_goes_on_where_it_committed(string protocol)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 7000);
        var read = new List<long>();
        await using (KafkaLiveDataset live = await JoinAsync(kafka, "a", protocol))
        {
            await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { BatchSize = 999, StopAt = StopAt.CaughtUp }, Token))
            {
                using (batch)
                {
                    Assert.InRange(batch.Rows, 1, 999);
                    Assert.Equal(batch.Rows, batch.Ranges.Sum(r => r.Length));
                    Collect(batch, read);
                    await batch.CommitAsync(Token);
                }
            }

            Assert.Equal(Enumerable.Range(0, 7000).Select(i => (long)i), read.Order());
            Assert.All((await live.GetLagAsync(Token)).Values, lag => Assert.Equal(0, lag));
        }

        await WriteAsync(kafka, 7000, 500);
        read.Clear();
        await using (KafkaLiveDataset again = await JoinAsync(kafka, "a", protocol))
        {
            await foreach (LiveBatch batch in again.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.CaughtUp }, Token))
            {
                using (batch)
                {
                    Collect(batch, read);
                    await batch.CommitAsync(Token);
                }
            }
        }

        Assert.Equal(Enumerable.Range(7000, 500).Select(i => (long)i), read.Order());
    }

    /// <summary>The embedded brokers answer every question for a time with the end of the log: without a word, the read would have other rows.</summary>
    [Fact]
    public async Task A_start_or_an_end_by_time_is_refused()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 10);
        InvalidOptionsException start = await Assert.ThrowsAsync<InvalidOptionsException>(() => JoinAsync(kafka, "a", "classic", at: LiveStart.At(DateTimeOffset.UnixEpoch)));
        Assert.Contains("StartAt is by timestamps, which the embedded Kafka does not index", start.Message);
        await using KafkaLiveDataset live = await JoinAsync(kafka, "a", "classic");
        InvalidOptionsException stop = Assert.Throws<InvalidOptionsException>(() => live.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.Timestamp(DateTimeOffset.UtcNow.AddDays(1)) }, Token));
        Assert.Contains("StopAt is by timestamps, which the embedded Kafka does not index", stop.Message);
    }

    /// <summary>Of large rows, a batch holds fewer: 1,000 texts of 1 MB would be 1 GB. Some rows are there before the read begins, and more than are read at the head.</summary>
    [Theory]
    [InlineData(60)]
    [InlineData(3000)]
    public async Task A_batch_of_large_rows_is_full_before_it_has_all_its_rows(int count)
    {
        const long prefetch = 4 << 20;
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        string text = new('x', 120_000_000 / 50 / count);
        await WriteAsync(kafka, Enumerable.Range(0, count).Select(i => new Named(i, text)), partitions: 1);
        await using KafkaLiveDataset live = await KafkaLiveDataset.JoinAsync(
            "rows",
            new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, Engine = engine, Format = RecordFormat.Json([new DatasetColumn("Id", ColumnType.Int64), new DatasetColumn("Name", ColumnType.Text)]), PrefetchBytes = prefetch },
            new LiveOptions { GroupId = "a" },
            Token);
        int rows = 0;
        int largest = 0;
        await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { BatchSize = 10_000, MaxDelay = TimeSpan.FromSeconds(30), Columns = ["Name"], StopAt = StopAt.CaughtUp }, Token))
        {
            using (batch)
            {
                Assert.Equal(Enumerable.Range(rows, batch.Rows).Select(i => (long)i), batch.Tensors.Offsets.ToArray());
                rows += batch.Rows;
                largest = Math.Max(largest, batch.Rows);
            }
        }

        Assert.Equal(count, rows);
        Assert.InRange(largest * (long)text.Length, prefetch / 8, prefetch / 2); // more than one row, and not all that there are
    }

    /// <summary>A batch that is disposed without a commit is a hole: the group does not go past it.</summary>
    [Fact]
    public async Task Nothing_is_committed_past_a_hole()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 1000, partitions: 1);
        await using (KafkaLiveDataset live = await JoinAsync(kafka, "a"))
        {
            int number = 0;
            await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { BatchSize = 100, StopAt = StopAt.CaughtUp }, Token))
            {
                using (batch)
                {
                    if (number++ != 3)
                    {
                        await batch.CommitAsync(Token);
                    }
                }
            }
        }

        var read = new List<long>();
        await using KafkaLiveDataset again = await JoinAsync(kafka, "a");
        await foreach (LiveBatch batch in again.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.CaughtUp }, Token))
        {
            Collect(batch, read);
            batch.Dispose();
        }

        Assert.Equal(Enumerable.Range(300, 700).Select(i => (long)i), read);
    }

    /// <summary>A caller may hold as many batches as it likes, as with a bounded read: more than the reader has under way.</summary>
    [Fact]
    public async Task Batches_that_are_held_do_not_stop_the_read()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 9000);
        var held = new List<LiveBatch>();
        await using (KafkaLiveDataset live = await JoinAsync(kafka, "a"))
        {
            await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { BatchSize = 20, StopAt = StopAt.CaughtUp }, Token))
            {
                held.Add(batch);
                await batch.CommitAsync(Token);
            }

            Assert.InRange(held.Count, 450, 500);
            var read = new List<long>();
            held.ForEach(batch => Collect(batch, read));
            Assert.Equal(Enumerable.Range(0, 9000).Select(i => (long)i), read.Order());
            held.ForEach(batch => batch.Dispose());
        }
    }

    /// <summary>Commits out of order are stored once what is before them is committed.</summary>
    [Fact]
    public async Task Commits_may_come_in_any_order()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 400, partitions: 1);
        await using (KafkaLiveDataset live = await JoinAsync(kafka, "a"))
        {
            var batches = new List<LiveBatch>();
            await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { BatchSize = 100, StopAt = StopAt.CaughtUp }, Token))
            {
                batches.Add(batch);
            }

            await batches[2].CommitAsync(Token);
            await batches[1].CommitAsync(Token);
            await batches[0].CommitAsync(Token);
            batches.ForEach(b => b.Dispose());
        }

        await using KafkaLiveDataset again = await JoinAsync(kafka, "a");
        var read = new List<long>();
        await foreach (LiveBatch batch in again.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.CaughtUp }, Token))
        {
            Collect(batch, read);
            batch.Dispose();
        }

        Assert.Equal(Enumerable.Range(300, 100).Select(i => (long)i), read);
    }

    [Fact]
    public async Task Rows_that_are_written_meanwhile_come_within_the_delay()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 10);
        await using KafkaLiveDataset live = await JoinAsync(kafka, "a");
        var read = new List<long>();
        await foreach (LiveBatch batch in live.ReadBatchesAsync(cancellationToken: Token))
        {
            using (batch)
            {
                Collect(batch, read);
            }

            if (read.Count == 10)
            {
                await WriteAsync(kafka, 10, 10);
            }
            else if (read.Count == 20)
            {
                break;
            }
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(i => (long)i), read.Order());
    }

    /// <summary>A reader that waits runs on the thread that has polled its rows. It may block that thread: polling goes on, and so do rebalances.</summary>
    [Fact]
    public async Task A_reader_that_blocks_its_thread_does_not_keep_its_member_from_rebalancing()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 8, partitions: 4);
        await using KafkaLiveDataset one = await JoinAsync(kafka, "a", "classic");
        int read = 0;
        bool isBlocking = false;
        using var shared = new ManualResetEventSlim();
        Task reading = Task.Run(
            async () =>
            {
                await foreach (LiveBatch batch in one.ReadBatchesAsync(new LiveBatchOptions { MaxDelay = TimeSpan.Zero }, Token))
                {
                    Volatile.Write(ref read, read + batch.Rows);
                    batch.Dispose();
                    if (Thread.CurrentThread.Name?.StartsWith("KafkaDatasets ", StringComparison.Ordinal) == true)
                    {
                        Volatile.Write(ref isBlocking, true);
                        Assert.True(shared.Wait(TimeSpan.FromSeconds(60), Token));
                        return;
                    }
                }
            },
            Token);
        for (int written = 8; !Volatile.Read(ref isBlocking); written += 4)
        {
            Assert.True(written < 1000, "the reader never runs on the thread that polls");
            await Until.TrueAsync(() => reading.IsCompleted || Volatile.Read(ref isBlocking) || Volatile.Read(ref read) == written, "all rows are read", 30);
            if (!Volatile.Read(ref isBlocking))
            {
                await WriteAsync(kafka, written, 4, partitions: 4);
            }
        }

        await using KafkaLiveDataset two = await JoinAsync(kafka, "a", "classic");
        await Until.TrueAsync(() => one.Assignment.Count == 2 && two.Assignment.Count == 2, "two partitions each", 30);
        shared.Set();
        await reading;
    }

    [Fact]
    public async Task A_read_stops_at_given_offsets_and_the_next_goes_on_there()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 6000, partitions: 2);
        await using KafkaLiveDataset live = await JoinAsync(kafka, "a");
        var read = new List<long>();
        await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.Offsets(new Dictionary<int, long> { [0] = 100, [1] = 2500 }) }, Token))
        {
            Assert.All(batch.Ranges, r => Assert.True(r.End <= (r.Partition == 0 ? 100 : 2500)));
            Collect(batch, read);
            batch.Dispose();
        }

        Assert.Equal(2600, read.Count);
        await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.IdleFor(TimeSpan.FromSeconds(1)) }, Token))
        {
            Collect(batch, read);
            batch.Dispose();
        }

        Assert.Equal(Enumerable.Range(0, 6000).Select(i => (long)i), read.Order());
    }

    /// <summary>As when a range is read: a format that does not fit would look like an empty topic. Many records are caught up with, few are read at the head.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(3000)]
    public async Task A_new_group_that_can_decode_no_record_is_told_so_at_the_end(int count)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("rows", 2);
        await WriteTextAsync(kafka, 0, Enumerable.Repeat("no JSON", count));
        await using (KafkaLiveDataset live = await JoinAsync(kafka, "a", onBadRecord: BadRecordPolicy.Skip))
        {
            RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAllAsync(live));
            Assert.StartsWith($"None of the {count} records of topic 'rows' that were read can be decoded", e.Message);
        }

        // A row of another partition shows that the format fits.
        await WriteTextAsync(kafka, 1, ["{\"Id\":7,\"Half\":3.5}"]);
        await using KafkaLiveDataset fitting = await JoinAsync(kafka, "b", onBadRecord: BadRecordPolicy.Skip);
        Assert.Equal([7L], await ReadAllAsync(fitting));
    }

    /// <summary>What is new since then may be a few bad records only.</summary>
    [Theory]
    [InlineData(5, false)]
    [InlineData(3000, false)]
    [InlineData(5, true)]
    [InlineData(3000, true)]
    public async Task A_group_that_goes_on_skips_bad_records_even_if_they_are_all_that_is_new(int count, bool isSameMember)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("rows", 1);
        await WriteTextAsync(kafka, 0, ["{\"Id\":7,\"Half\":3.5}"]);
        await using KafkaLiveDataset first = await JoinAsync(kafka, "a", onBadRecord: BadRecordPolicy.Skip);
        Assert.Equal([7L], await ReadAllAsync(first));
        await WriteTextAsync(kafka, 0, Enumerable.Repeat("no JSON", count));
        if (isSameMember)
        {
            Assert.Empty(await ReadAllAsync(first));
            Assert.Equal(count, first.SkippedRecords);
        }
        else
        {
            await first.DisposeAsync();
            await using KafkaLiveDataset next = await JoinAsync(kafka, "a", onBadRecord: BadRecordPolicy.Skip);
            Assert.Empty(await ReadAllAsync(next));
            Assert.Equal(count, next.SkippedRecords);
        }
    }

    /// <summary>The caller's work on a batch is not a time without records, however many it has still to read.</summary>
    [Theory]
    [InlineData(1500)]
    [InlineData(6000)] // so many that they are caught up with
    public async Task A_slow_caller_does_not_make_a_topic_idle(int count)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, count, partitions: 2);
        await using KafkaLiveDataset live = await JoinAsync(kafka, "a");
        var read = new List<long>();
        await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { BatchSize = count / 5, StopAt = StopAt.IdleFor(TimeSpan.FromMilliseconds(30)) }, Token))
        {
            Collect(batch, read);
            batch.Dispose();
            await Task.Delay(100, Token);
        }

        Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), read.Order());
    }

    /// <summary>As after a machine has slept for a day.</summary>
    [Fact]
    public async Task A_clock_that_jumps_ahead_does_not_make_a_topic_idle()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 6000, partitions: 2);
        var clock = new LeapingClock();
        await using KafkaLiveDataset live = await JoinAsync(kafka, "a", clock: clock);
        var read = new List<long>();
        await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { BatchSize = 700, StopAt = StopAt.IdleFor(TimeSpan.FromSeconds(2)) }, Token))
        {
            Collect(batch, read);
            batch.Dispose();
            clock.Leap();
        }

        Assert.Equal(Enumerable.Range(0, 6000).Select(i => (long)i), read.Order());
    }

    [Fact]
    public async Task A_batch_is_a_view_until_it_is_disposed()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 50, partitions: 1);
        await using KafkaLiveDataset live = await JoinAsync(kafka, "a");
        var ml = new MLContext();
        IDataView? view = null;
        await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.CaughtUp, Columns = ["Id"] }, Token))
        {
            using (batch)
            {
                view = batch.ToDataView(ml);
                Assert.Equal(batch.Rows, view.GetRowCount());
                long[] ids = [.. view.GetColumn<long>("Id")];
                Assert.Equal(ids.Select(i => new[] { i / 2f }), view.GetColumn<float[]>("Features"));
                Assert.Equal(batch.Tensors.Offsets.ToArray(), view.GetColumn<long>("Offset"));
            }
        }

        Assert.Throws<ObjectDisposedException>(() => view!.GetColumn<long>("Id").ToArray());
    }

    [Fact]
    public async Task Two_members_share_the_partitions()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 4000, partitions: 4);
        await using KafkaLiveDataset one = await JoinAsync(kafka, "a", "classic");
        await using KafkaLiveDataset two = await JoinAsync(kafka, "a", "classic");
        await Until.TrueAsync(() => one.Assignment.Count == 2 && two.Assignment.Count == 2, "two partitions each", 30);
        List<long>[] read = await Task.WhenAll(ReadAllAsync(one), ReadAllAsync(two));
        Assert.Equal(Enumerable.Range(0, 4000).Select(i => (long)i), read.SelectMany(r => r).Order());
        Assert.All(read, r => Assert.NotEmpty(r));
    }

    [Fact]
    public async Task A_second_read_at_the_same_time_is_refused()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 10);
        await using KafkaLiveDataset live = await JoinAsync(kafka, "a");
        await using IAsyncEnumerator<LiveBatch> first = live.ReadBatchesAsync(cancellationToken: Token).GetAsyncEnumerator(Token);
        Assert.True(await first.MoveNextAsync());
        await using IAsyncEnumerator<LiveBatch> second = live.ReadBatchesAsync(cancellationToken: Token).GetAsyncEnumerator(Token);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await second.MoveNextAsync());
        first.Current.Dispose(); // leaving the group waits for batches that are out
    }

    /// <summary>Two callers of one enumerator: one of them gets an exception that says so, and the rows stay exact.</summary>
    [Fact]
    public async Task A_second_caller_of_the_same_read_is_refused()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 10);
        await using KafkaLiveDataset live = await JoinAsync(kafka, "a");
        await using IAsyncEnumerator<LiveBatch> read = live.ReadBatchesAsync(cancellationToken: Token).GetAsyncEnumerator(Token);
        var ids = new List<long>();
        while (ids.Count < 10)
        {
            Assert.True(await read.MoveNextAsync());
            Collect(read.Current, ids);
            read.Current.Dispose();
        }

        ValueTask<bool> waiting = read.MoveNextAsync();
        InvalidOperationException second = await Assert.ThrowsAsync<InvalidOperationException>(async () => await read.MoveNextAsync());
        Assert.Contains("'rows'", second.Message, StringComparison.Ordinal);
        Assert.Contains("two callers at once", second.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await read.DisposeAsync());

        await WriteAsync(kafka, 10, 10);
        Assert.True(await waiting);
        while (true)
        {
            Collect(read.Current, ids);
            read.Current.Dispose();
            if (ids.Count == 20)
            {
                break;
            }

            Assert.True(await read.MoveNextAsync());
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(i => (long)i), ids.Order());
    }

    [Fact]
    public async Task A_cancelled_read_names_the_topic()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 10);
        await using KafkaLiveDataset live = await JoinAsync(kafka, "a");
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Token);
        OperationCanceledException e = await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (LiveBatch batch in live.ReadBatchesAsync(cancellationToken: cancellation.Token))
            {
                batch.Dispose();
                await cancellation.CancelAsync();
            }
        });
        Assert.Equal("Following topic 'rows' was cancelled.", e.Message);
        Assert.Equal(cancellation.Token, e.CancellationToken);
    }

    /// <summary>Partitions that are not listed are read up to their end.</summary>
    [Fact]
    public async Task Offsets_of_some_partitions()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 6000, partitions: 2);
        await using KafkaLiveDataset live = await JoinAsync(kafka, "a");
        var rows = new Dictionary<int, long> { [0] = 0, [1] = 0 };
        await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.Offsets(new Dictionary<int, long> { [1] = 7 }) }, Token))
        {
            foreach (PartitionRange range in batch.Ranges)
            {
                rows[range.Partition] += range.Length;
            }

            batch.Dispose();
        }

        Assert.Equal(7, rows[1]);
        Assert.Equal((await live.GetLagAsync(Token))[1] + 7, 6000 - rows[0]);
    }

    [Fact]
    public async Task Offsets_of_no_partition_of_the_topic_are_refused()
    {
        Assert.Throws<ArgumentException>(() => StopAt.Offsets(new Dictionary<int, long>()));
        Assert.Throws<ArgumentException>(() => StopAt.Offsets(new Dictionary<int, long> { [0] = -1 }));
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 10, partitions: 2);
        await using KafkaLiveDataset live = await JoinAsync(kafka, "a");
        InvalidOptionsException e = Assert.Throws<InvalidOptionsException>(() => live.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.Offsets(new Dictionary<int, long> { [2] = 5 }) }, Token));
        Assert.Contains("partition 2", e.Message, StringComparison.Ordinal);
        Assert.Contains("'rows'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_commit_after_leaving_says_that_the_rows_are_read_again()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 10, partitions: 1);
        LiveBatch? last = null;
        await using (KafkaLiveDataset live = await JoinAsync(kafka, "a"))
        {
            await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.CaughtUp }, Token))
            {
                last = batch;
                batch.Dispose();
            }
        }

        PartitionsLostException e = await Assert.ThrowsAsync<PartitionsLostException>(async () => await last!.CommitAsync(Token));
        Assert.Contains("was disposed before", e.Message, StringComparison.Ordinal);
    }

    /// <summary>An offset beyond the log's end, of a topic that was recreated, is not the same as having read everything.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_offset_beyond_the_end_is_named(bool isOwn)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, 0, 100, partitions: 1);
        if (!isOwn)
        {
            using IConsumer<Ignore, Ignore> consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = kafka.BootstrapServers, GroupId = "a" }).SetLogHandler((_, _) => { }).Build();
            consumer.Commit([new TopicPartitionOffset("rows", 0, 5000)]);
        }

        DataLossException e = await Assert.ThrowsAsync<DataLossException>(async () =>
        {
            await using KafkaLiveDataset live = await JoinAsync(kafka, "a", start: isOwn ? _ => 5000 : null);
            await ReadAllAsync(live);
        });
        Assert.Equal(("rows", 0, 5000L), (e.Topic, e.Partition, e.Offset));
        Assert.Contains("but the log ends at 100", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_that_are_invalid_are_told_all_at_once()
    {
        var options = new KafkaDatasetOptions { BootstrapServers = "127.0.0.1:1", Range = TopicRange.Partitions(1) };
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() =>
            KafkaLiveDataset.JoinAsync("rows", options, new LiveOptions { GroupId = " ", RevokeTimeout = TimeSpan.FromHours(1) }, Token));
        Assert.Equal(3, e.Faults.Count);
    }

    private static async Task<List<long>> ReadAllAsync(KafkaLiveDataset live)
    {
        var read = new List<long>();
        await foreach (LiveBatch batch in live.ReadBatchesAsync(new LiveBatchOptions { StopAt = StopAt.CaughtUp }, Token))
        {
            using (batch)
            {
                Collect(batch, read);
                await batch.CommitAsync(Token);
            }
        }

        return read;
    }

    private static void Collect(LiveBatch batch, List<long> ids)
    {
        foreach (float half in batch.Tensors.Features)
        {
            ids.Add((long)(half * 2));
        }
    }

    private Task<KafkaLiveDataset> JoinAsync(EmbeddedKafka kafka, string group, string protocol = "consumer", Func<int, long?>? start = null, TimeProvider? clock = null, BadRecordPolicy onBadRecord = BadRecordPolicy.Throw, LiveStart? at = null) => KafkaLiveDataset.JoinAsync(
        "rows",
        new KafkaDatasetOptions
        {
            BootstrapServers = kafka.BootstrapServers,
            Engine = engine,
            Format = RecordFormat.Json("""{"type":"object","properties":{"Id":{"type":"integer","format":"int64"},"Half":{"type":"number","format":"float"}},"required":["Id","Half"]}"""),
            Features = ["Half"],
            ClientConfig = protocol == "consumer" ? EmbeddedGroups.Quick : new Dictionary<string, string>(),
            TimeProvider = clock ?? TimeProvider.System,
            OnBadRecord = onBadRecord,
        },
        new LiveOptions { GroupId = group, StartOffset = start, StartAt = at ?? LiveStart.Earliest },
        Token);

    private static Task WriteAsync(EmbeddedKafka kafka, int first, int count, int partitions = 3) =>
        WriteAsync(kafka, Enumerable.Range(first, count).Select(i => new Row(i, i / 2f)), partitions);

    private static async Task WriteAsync<T>(EmbeddedKafka kafka, IEnumerable<T> rows, int partitions)
    {
        await using KafkaRecordWriter<T> writer = await KafkaRecordWriter<T>.OpenAsync(
            "rows",
            new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, Format = WriteFormat.Json, Framing = SchemaFraming.None, Partitions = partitions },
            Token);
        foreach (T row in rows)
        {
            await writer.WriteAsync(row, Token);
        }

        await writer.FlushAsync(Token);
    }

    private static async Task WriteTextAsync(EmbeddedKafka kafka, int partition, IEnumerable<string> values)
    {
        using IProducer<Null, string> producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers }).Build();
        await Task.WhenAll(values.Select(value => producer.ProduceAsync(new TopicPartition("rows", partition), new Message<Null, string> { Value = value }, Token)));
    }

    public sealed record Row(long Id, float Half);

    public sealed record Named(long Id, string Name);

    private sealed class LeapingClock : TimeProvider
    {
        private long _leaps;

        public override long GetTimestamp() => System.GetTimestamp() + (Interlocked.Read(ref _leaps) * 86400 * TimestampFrequency);

        public void Leap() => Interlocked.Increment(ref _leaps);
    }
}
