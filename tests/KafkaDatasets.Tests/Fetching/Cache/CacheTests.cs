using System.Runtime.Versioning;
using System.Text;
using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Cache;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Fetching.Direct.Records;
using KafkaDatasets.Ranges;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Cache;

/// <summary>Passes through a cache over logs with gaps and aborted transactions: the same rows, whatever happens to the files.</summary>
public sealed class CacheTests : IDisposable
{
    private const long Large = 1L << 30;

    private static readonly Shuffle Shuffled = Shuffle.Seeded(5, 1);

    private readonly string _directory = Directory.CreateTempSubdirectory("kafka-cache").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string[] Files => Directory.GetFiles(_directory, "*.batches", SearchOption.AllDirectories);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(1, false, false)]
    [InlineData(2, false, true)]
    [InlineData(3, true, false)]
    [InlineData(4, true, true)]
    public async Task Cold_and_warm_passes_give_the_rows_of_the_log_and_warm_ones_need_no_broker(int seed, bool isFirstShuffled, bool isSecondShuffled)
    {
        var log = new TestLog(seed, 3, 9000);
        Assert.InRange(log.Rows.Count, 5000, 20_000);
        Assert.Equal(log.Rows, await ReadAsync(log, isFirstShuffled ? Shuffled : null));
        Assert.NotEmpty(Files);
        Assert.Equal(log.Rows, await ReadAsync(log, isSecondShuffled ? Shuffled : null, isGone: true));
    }

    [Fact]
    public async Task A_range_is_read_from_where_it_begins_in_the_middle_of_files()
    {
        var log = new TestLog(7, 2, 9000);
        await ReadAsync(log, null);
        for (long start = 13; start < 7500; start += 371)
        {
            var part = new DatasetSnapshot("log", log.Snapshot.TopicId, log.Snapshot.Partitions.Select(p => p with { Start = start, End = start + 1500 }));
            Assert.Equal(log.Rows.Where(r => r.Offset >= start && r.Offset < start + 1500), await ReadAsync(log, null, isGone: true, snapshot: part));
        }
    }

    /// <summary>Brokers return the whole batch in which the log begins, with records that were deleted.</summary>
    [Fact]
    public void Records_before_the_start_of_the_log_are_not_kept()
    {
        var log = new TestLog(7, 1, 9000);
        var store = new CacheStore(DatasetCache.Directory(_directory, Large), NullLogger.Instance, TimeProvider.System);
        Guid topic = log.Snapshot.TopicId!.Value;
        long start = 4000;
        while (BatchHeader.ReadBaseOffset(log.Fetch(0, start, 60_000).Bytes) >= start)
        {
            start++; // to a place within a batch
        }

        Assert.Equal([(0, start)], MissingAfter(topic, logStart: start));
        Assert.InRange(Assert.Single(MissingAfter(Guid.NewGuid(), logStart: 0)).End, 1, start - 1);

        (long Start, long End)[] MissingAfter(Guid id, long logStart)
        {
            (byte[] bytes, AbortedTransaction[]? aborted) = log.Fetch(0, start, 60_000);
            SharedBuffer buffer = new BufferPool(TimeProvider.System).Rent(bytes.Length, null);
            bytes.CopyTo(buffer.Bytes, 0);
            SliceScan scan = SliceScan.Of(bytes, start, 9000);
            store.Take(id, 0, new FetchedSlice(buffer, scan.Length, aborted, start), scan.NextOffset, logStart);
            return store.Missing(id, 0, 0, start);
        }
    }

    [Fact]
    public async Task What_is_missing_is_fetched_and_nothing_else()
    {
        var log = new TestLog(8, 2, 9000);
        await ReadAsync(log, null);
        int all = Files.Length;
        var random = new Random(1);
        foreach (string file in Files.Where((_, i) => i % 3 == 1))
        {
            File.Delete(file);
        }

        LogEngine engine = Engine(log, out CacheEngine cached, 99);
        Assert.Equal(log.Rows, await ReadAsync(cached, log.Snapshot, Shuffled));
        Assert.InRange(engine.Fetched, 1, all);
        Assert.Equal(log.Rows, await ReadAsync(log, null, isGone: true));
    }

    [Fact]
    public async Task A_flipped_bit_anywhere_is_found_and_the_offsets_are_fetched_again()
    {
        var log = new TestLog(9, 1, 3000);
        await ReadAsync(log, null);
        var random = new Random(3);
        for (int i = 0; i < 60; i++)
        {
            string file = Files[random.Next(Files.Length)];
            byte[] bytes = await File.ReadAllBytesAsync(file, Cancelled);
            bytes[i < 30 ? random.Next(Math.Min(bytes.Length, 200)) : random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(file, bytes, Cancelled);
            LogEngine engine = Engine(log, out CacheEngine cached, i);
            Assert.Equal(log.Rows, await ReadAsync(cached, log.Snapshot, i % 2 == 0 ? null : Shuffled));
            Assert.True(engine.Fetched > 0, $"flip {i} was not found");
        }

        Assert.Equal(log.Rows, await ReadAsync(log, null));
        Assert.Equal(log.Rows, await ReadAsync(log, null, isGone: true));
    }

    /// <summary>What is fetched in place of a damaged file may end where a stretch begins that was never in the cache, and behind that one the cache goes on.</summary>
    [Fact]
    public async Task Behind_damage_and_a_gap_the_cache_goes_on()
    {
        var log = new TestLog(10, 2, 9000);
        DatasetSnapshot Part(long start, long end) => new("log", log.Snapshot.TopicId, log.Snapshot.Partitions.Select(p => p with { Start = start, End = end }));
        await ReadAsync(log, null, snapshot: Part(0, 3000));
        await ReadAsync(log, null, snapshot: Part(5000, 7000));
        foreach (string file in Files)
        {
            byte[] bytes = await File.ReadAllBytesAsync(file, Cancelled);
            if (long.Parse(Path.GetFileName(file).Split('-')[0], System.Globalization.CultureInfo.InvariantCulture) < 3000)
            {
                bytes[^1] ^= 1;
                await File.WriteAllBytesAsync(file, bytes, Cancelled);
            }
        }

        Assert.Equal(log.Rows, await ReadAsync(log, null));
        Assert.Equal(log.Rows, await ReadAsync(log, Shuffled));
    }

    /// <summary>The files of a shuffled pass end with its blocks, in the middle of batches: what follows is fetched from where the batch before it ended.</summary>
    [Fact]
    public async Task Damage_behind_a_file_that_ends_within_a_batch_repeats_no_row()
    {
        var log = new TestLog(11, 1, 9000);
        await ReadAsync(log, Shuffled);
        for (int i = 0; i < Files.Length; i++)
        {
            string file = Files.Order(StringComparer.Ordinal).ElementAt(i);
            byte[] bytes = await File.ReadAllBytesAsync(file, Cancelled);
            bytes[10] ^= 1;
            await File.WriteAllBytesAsync(file, bytes, Cancelled);
            Assert.Equal(log.Rows, await ReadAsync(log, null));
        }
    }

    /// <summary>What a crash leaves where a file system gives a file its name before its content.</summary>
    [Fact]
    public async Task Files_that_end_anywhere_are_found_and_fetched_again()
    {
        var log = new TestLog(10, 2, 3000);
        await ReadAsync(log, null);
        var random = new Random(4);
        for (int i = 0; i < 200; i++)
        {
            string path = Files[random.Next(Files.Length)];
            using (FileStream file = File.OpenWrite(path))
            {
                file.SetLength(random.NextInt64(file.Length));
                if (i % 3 == 0)
                {
                    file.SetLength(file.Length + random.Next(5000)); // zeros, as they stand in blocks that were not written
                }
            }

            Assert.Equal(log.Rows, await ReadAsync(log, i % 2 == 0 ? null : Shuffled, seed: i));
        }

        Assert.Equal(log.Rows, await ReadAsync(log, null, isGone: true));
    }

    [Fact]
    public async Task Temporary_files_of_killed_writers_are_never_read()
    {
        var log = new TestLog(11, 1, 3000);
        await ReadAsync(log, null);
        foreach (string file in Files.Where((_, i) => i % 2 == 0))
        {
            File.Move(file, Path.ChangeExtension(file, ".tmp"));
        }

        Assert.Equal(log.Rows, await ReadAsync(log, null));
        Assert.Equal(log.Rows, await ReadAsync(log, Shuffled, isGone: true));
    }

    [Fact]
    public async Task Files_deleted_during_a_pass_are_fetched_again()
    {
        var log = new TestLog(12, 2, 9000);
        await ReadAsync(log, null);
        LogEngine engine = Engine(log, out CacheEngine cached, 5);
        Assert.Equal(log.Rows, await ReadAsync(cached, log.Snapshot, null, afterFirst: () =>
        {
            foreach (string file in Files)
            {
                File.Delete(file);
            }
        }));
        Assert.True(engine.Fetched > 0);
        await cached.DisposeAsync();
    }

    [Fact]
    public async Task Several_writers_fill_one_directory_at_once()
    {
        var log = new TestLog(13, 3, 6000);
        for (int round = 0; round < 5; round++)
        {
            Task<List<(int, long, string)>>[] passes = [.. Enumerable.Range(0, 4).Select(i => Task.Run(() => ReadAsync(log, i % 2 == 0 ? null : Shuffled, seed: i + (10 * round))))];
            Assert.All(await Task.WhenAll(passes), rows => Assert.Equal(log.Rows, rows));
            Assert.Equal(log.Rows, await ReadAsync(log, null, isGone: true));
            Assert.Empty(Directory.GetFiles(_directory, "*.tmp", SearchOption.AllDirectories));
            Directory.Delete(_directory, recursive: true);
        }

        Directory.CreateDirectory(_directory);
    }

    [Fact]
    public async Task The_limit_holds_and_what_was_read_last_stays()
    {
        const long limit = 1 << 20;
        var kept = new TestLog(14, 1, 2000);
        await ReadAsync(kept, null, limit: limit);
        for (int i = 0; i < 6; i++)
        {
            var other = new TestLog(20 + i, 1, 9000);
            Assert.Equal(other.Rows, await ReadAsync(other, null, limit: limit));
            Assert.InRange(Files.Sum(f => new FileInfo(f).Length), 1, limit);
            Assert.Equal(kept.Rows, await ReadAsync(kept, Shuffled, isGone: true, limit: limit));
        }

        await Assert.ThrowsAsync<BrokerException>(() => ReadAsync(new TestLog(20, 1, 9000), null, isGone: true, limit: limit));
    }

    /// <summary>A directory that somebody else uses too, or that is a mounted disk: only the cache's own files are counted and deleted.</summary>
    [Fact]
    public async Task Files_of_others_in_the_directory_stay_however_old_and_large_they_are()
    {
        const long limit = 1 << 20;
        string elsewhere = Directory.CreateTempSubdirectory("kafka-cache-other").FullName;
        try
        {
            string id = Path.Combine(_directory, Guid.NewGuid().ToString("N"));
            string[] others =
            [
                Path.Combine(_directory, "notes.tmp"),
                Path.Combine(_directory, "1-2.batches"),
                Path.Combine(_directory, "mine", "0", "1-2.batches"),
                Path.Combine(id, "0", "notes.tmp"),
                Path.Combine(id, "0", "day.batches"),
                Path.Combine(id, "notes", "1-2.batches"),
                Path.Combine(elsewhere, "0", "1-2.batches"),
                Path.Combine(elsewhere, "0", $"{Guid.NewGuid():N}.tmp"),
            ];
            foreach (string other in others)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(other)!);
                await File.WriteAllBytesAsync(other, new byte[limit], Cancelled);
                File.SetLastWriteTimeUtc(other, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
            }

            Directory.CreateSymbolicLink(Path.Combine(_directory, Guid.NewGuid().ToString("N")), elsewhere);
            Directory.CreateSymbolicLink(Path.Combine(_directory, "loop"), _directory);
            var kept = new TestLog(14, 1, 2000);
            await ReadAsync(kept, null, limit: limit);
            await ReadAsync(new TestLog(20, 1, 9000), null, limit: limit);
            await ReadAsync(new TestLog(21, 1, 9000), null, limit: limit);
            Assert.All(others, other => Assert.True(File.Exists(other), other));
            Assert.Equal(kept.Rows, await ReadAsync(kept, Shuffled, limit: limit));
        }
        finally
        {
            Directory.Delete(elsewhere, recursive: true);
        }
    }

    [Fact]
    public async Task A_recreated_topic_has_nothing_in_the_cache()
    {
        var log = new TestLog(15, 1, 1000);
        await ReadAsync(log, null);
        var recreated = new DatasetSnapshot("log", Guid.NewGuid(), log.Snapshot.Partitions);
        await Assert.ThrowsAsync<BrokerException>(() => ReadAsync(log, null, isGone: true, snapshot: recreated));
    }

    [Fact]
    public async Task A_directory_that_cannot_be_written_to_costs_no_row()
    {
        var log = new TestLog(16, 2, 3000);
        await File.WriteAllTextAsync(Path.Combine(_directory, log.Snapshot.TopicId!.Value.ToString("N")), "in the way", Cancelled);
        Assert.Equal(log.Rows, await ReadAsync(log, null));
        Assert.Equal(log.Rows, await ReadAsync(log, Shuffled));
        Assert.Empty(Files);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_directory_of_another_user_costs_no_row()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Needs a user of Unix from whom a directory can be hidden.");
        var log = new TestLog(16, 1, 3000);
        await ReadAsync(log, null);
        string partition = Path.GetDirectoryName(Files[0])!;
        File.SetUnixFileMode(partition, UnixFileMode.None);
        try
        {
            Assert.Equal(log.Rows, await ReadAsync(log, Shuffled));
        }
        finally
        {
            File.SetUnixFileMode(partition, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public async Task A_pass_that_is_left_early_keeps_what_it_has_fetched()
    {
        var log = new TestLog(17, 2, 9000);
        Engine(log, out CacheEngine cached, 1);
        ReadOrder order = ReadOrder.Of(log.Snapshot);
        await using (IRecordSource source = cached.OpenSource(order, 1 << 20))
        {
            for (int i = 0; i < 3; i++)
            {
                (await source.ReadAsync(i % 2, Cancelled))!.Release();
            }

            await source.DisposeAsync();
            await Assert.ThrowsAsync<ObjectDisposedException>(async () => await source.ReadAsync(0, Cancelled));
        }

        Assert.NotEmpty(Files);
        Assert.Equal(log.Rows, await ReadAsync(cached, log.Snapshot, Shuffled));
        await cached.DisposeAsync();
    }

    [Fact]
    public async Task Options_that_exclude_the_direct_engine_are_named()
    {
        var options = new KafkaDatasetOptions { BootstrapServers = "localhost:1", Format = RecordFormat.Float32(["a"]), Cache = DatasetCache.Directory(_directory, 1L << 30) };

        Assert.Contains("Engine is Consumer", await FaultAsync(options with { Engine = FetchEngine.Consumer }), StringComparison.Ordinal);
        Assert.Contains("GSSAPI", await FaultAsync(options with { ClientConfig = new Dictionary<string, string> { ["security.protocol"] = "sasl_plaintext", ["sasl.mechanism"] = "GSSAPI" } }), StringComparison.Ordinal);
        Assert.Contains("Cache has a limit of 7 bytes: give it 1048576 or more", await FaultAsync(options with { Cache = DatasetCache.Directory(_directory, 7) }), StringComparison.Ordinal);
        Assert.Contains("Cache has no directory", await FaultAsync(options with { Cache = DatasetCache.Directory(" ", Large) }), StringComparison.Ordinal);

        string file = Path.Combine(_directory, "file");
        await File.WriteAllTextAsync(file, "", Cancelled);
        foreach ((string path, string reason) in ((string, string)[])[(file, "it is a file"), (Path.Combine(file, "below"), "a part of the path is a file")])
        {
            Assert.Equal(
                $"KafkaDatasetOptions is not valid: Cache: the directory '{path}' cannot be created, because {reason}: name another directory, or check that this one may be created.",
                await FaultAsync(options with { Cache = DatasetCache.Directory(path, Large) }));
        }

        if (Directory.Exists("/proc"))
        {
            Assert.Contains("'/proc/no-cache' cannot be created: name another directory", await FaultAsync(options with { Cache = DatasetCache.Directory("/proc/no-cache", Large) }), StringComparison.Ordinal);
        }

        static async Task<string> FaultAsync(KafkaDatasetOptions options) =>
            (await Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaDataset.OpenAsync("topic", options, Cancelled))).Message;
    }

    private LogEngine Engine(TestLog log, out CacheEngine cached, int seed, long limit = Large)
    {
        var store = new CacheStore(DatasetCache.Directory(_directory, limit), NullLogger.Instance, TimeProvider.System);
        var engine = new LogEngine(log, store, seed);
        var context = new FetchContext("localhost:1", new Dictionary<string, string>(), DataLossPolicy.Throw, TimeSpan.FromSeconds(1), NullLogger.Instance, TimeProvider.System);
        cached = new CacheEngine(engine, store, context, 1 << 20);
        return engine;
    }

    private async Task<List<(int, long, string)>> ReadAsync(TestLog log, Shuffle? shuffle, bool isGone = false, int seed = 1, long limit = Large, DatasetSnapshot? snapshot = null)
    {
        LogEngine engine = Engine(log, out CacheEngine cached, seed, limit);
        await using CacheEngine disposed = cached;
        engine.IsGone = isGone;
        Assert.True(!isGone || shuffle is not null || limit != Large || snapshot is not null || cached.Holds(log.Snapshot));
        return await ReadAsync(cached, snapshot ?? log.Snapshot, shuffle);
    }

    /// <summary>Reads the segments of a pass in turn, a chunk of each, as a pipeline does; sorted.</summary>
    private static async Task<List<(int, long, string)>> ReadAsync(CacheEngine engine, DatasetSnapshot snapshot, Shuffle? shuffle, Action? afterFirst = null)
    {
        var rows = new List<(int, long, string)>();
        ReadOrder order = ReadOrder.Of(snapshot, shuffle);
        await using IRecordSource source = engine.OpenSource(order, 1 << 20);
        var left = new List<long>();
        for (long segment = 0; segment < order.SegmentCount; segment++)
        {
            left.Add(segment);
        }

        while (left.Count > 0)
        {
            for (int i = 0; i < left.Count; i++)
            {
                RecordChunk? chunk = await source.ReadAsync(left[i], Cancelled);
                if (chunk is null)
                {
                    left.RemoveAt(i--);
                    continue;
                }

                foreach (RecordEntry entry in chunk.Entries.AsSpan(0, chunk.Count))
                {
                    rows.Add((chunk.Partition, entry.Offset, Encoding.UTF8.GetString(chunk.Value(entry))));
                }

                chunk.Release();
                afterFirst?.Invoke();
                afterFirst = null;
            }
        }

        rows.Sort();
        return rows;
    }
}
