using System.Diagnostics;
using System.Text;
using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Cache;
using KafkaDatasets.Ranges;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Cache;

/// <summary>Processes that are killed while they fill a cache: what they leave is exact, or is fetched again.</summary>
public sealed class KilledWriterTests
{
    private const string DirectoryVariable = "KAFKADATASETS_CACHE_DIRECTORY";

    /// <summary>How many writers are killed: 200 where KAFKADATASETS_LONG is 1.</summary>
    private static readonly int Kills = Environment.GetEnvironmentVariable("KAFKADATASETS_LONG") == "1" ? 200 : 5;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_killed_processes_leave_is_exact_or_fetched_again()
    {
        string directory = Directory.CreateTempSubdirectory("kafka-cache").FullName;
        var random = new Random(17);
        TestLog log = Log();
        int all = await FetchesWithoutCacheAsync(log);
        int reused = 0;
        for (int i = 0; i < Kills; i++)
        {
            using Process child = StartWriter(directory);
            try
            {
                int files = random.Next(1, 12);
                await Until.TrueAsync(() => child.HasExited || Directory.GetFiles(directory, "*.batches", SearchOption.AllDirectories).Length >= files, $"{files} files of the writer", 60);
                Assert.False(child.HasExited, "the writer ended by itself");
                for (int spin = random.Next(100_000); spin > 0; spin--)
                {
                    Thread.SpinWait(1); // not always just after a file has got its name
                }
            }
            finally
            {
                child.Kill();
            }

            await child.WaitForExitAsync(Cancelled);
            LogEngine engine = Open(log, directory, out CacheEngine cached);
            Assert.Equal(log.Rows, await ReadAsync(cached, log.Snapshot, i % 2 == 0 ? null : Shuffle.Seeded(i)));
            reused += engine.Fetched < all ? 1 : 0;
            await cached.DisposeAsync();
            foreach (string file in Directory.GetFiles(directory, "*.batches", SearchOption.AllDirectories))
            {
                File.Delete(file);
            }
        }

        Assert.True(reused > 0, "no file of a killed writer was of use");
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Two_processes_that_fill_a_cache_at_once_disturb_neither_each_other_nor_a_reader()
    {
        string directory = Directory.CreateTempSubdirectory("kafka-cache").FullName;
        TestLog log = Log();
        int all = await FetchesWithoutCacheAsync(log);
        int reused = 0;
        using Process first = StartWriter(directory);
        using Process second = StartWriter(directory);
        try
        {
            for (int i = 0; i < 6; i++)
            {
                await Until.TrueAsync(() => first.HasExited || second.HasExited || Directory.GetFiles(directory, "*.batches", SearchOption.AllDirectories).Length > 0, "files of the writers", 60);
                LogEngine engine = Open(log, directory, out CacheEngine cached, i);
                Assert.Equal(log.Rows, await ReadAsync(cached, log.Snapshot, i % 2 == 0 ? null : Shuffle.Seeded(i)));
                reused += engine.Fetched < all ? 1 : 0;
                await cached.DisposeAsync();
            }

            Assert.False(first.HasExited || second.HasExited, "a writer ended by itself");
        }
        finally
        {
            first.Kill();
            second.Kill();
        }

        await first.WaitForExitAsync(Cancelled);
        await second.WaitForExitAsync(Cancelled);
        Assert.True(reused > 0, "no file of a writer was of use");
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>The process that is killed: it fills the cache again and again.</summary>
    [Fact(Explicit = true)]
    public async Task Fill()
    {
        string? directory = Environment.GetEnvironmentVariable(DirectoryVariable);
        Assert.SkipWhen(directory is null, "It is run by the other test.");
        TestLog log = Log();
        for (int i = 0; i < 10_000; i++)
        {
            Open(log, directory!, out CacheEngine cached, i);
            await ReadAsync(cached, log.Snapshot, i % 2 == 0 ? null : Shuffle.Seeded(i));
            await cached.DisposeAsync();
            foreach (string file in Directory.GetFiles(directory!, "*.batches", SearchOption.AllDirectories))
            {
                File.Delete(file);
            }
        }
    }

    private static Process StartWriter(string directory)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["-method", $"{typeof(KilledWriterTests).FullName}.{nameof(Fill)}", "-explicit", "only"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [DirectoryVariable] = directory },
        };
        Process child = Process.Start(start)!;
        child.OutputDataReceived += (_, _) => { };
        child.ErrorDataReceived += (_, _) => { };
        child.BeginOutputReadLine();
        child.BeginErrorReadLine();
        return child;
    }

    private static async Task<int> FetchesWithoutCacheAsync(TestLog log)
    {
        string empty = Directory.CreateTempSubdirectory("kafka-cache").FullName;
        LogEngine engine = Open(log, empty, out CacheEngine cached);
        await ReadAsync(cached, log.Snapshot, null);
        await cached.DisposeAsync();
        Directory.Delete(empty, recursive: true);
        return engine.Fetched;
    }

    private static TestLog Log() => new(31, 3, 30_000);

    private static LogEngine Open(TestLog log, string directory, out CacheEngine cached, int seed = 1)
    {
        var store = new CacheStore(DatasetCache.Directory(directory, 1L << 30), NullLogger.Instance, TimeProvider.System);
        var engine = new LogEngine(log, store, seed);
        cached = new CacheEngine(engine, store, new FetchContext("localhost:1", new Dictionary<string, string>(), DataLossPolicy.Throw, TimeSpan.FromSeconds(1), NullLogger.Instance, TimeProvider.System), 1 << 20);
        return engine;
    }

    private static async Task<List<(int, long, string)>> ReadAsync(CacheEngine engine, DatasetSnapshot snapshot, Shuffle? shuffle)
    {
        var rows = new List<(int, long, string)>();
        ReadOrder order = ReadOrder.Of(snapshot, shuffle);
        await using IRecordSource source = engine.OpenSource(order, 1 << 20);
        for (long segment = 0; segment < order.SegmentCount; segment++)
        {
            while (await source.ReadAsync(segment, Cancelled) is { } chunk)
            {
                foreach (RecordEntry entry in chunk.Entries.AsSpan(0, chunk.Count))
                {
                    rows.Add((chunk.Partition, entry.Offset, Encoding.UTF8.GetString(chunk.Value(entry))));
                }

                chunk.Release();
            }
        }

        rows.Sort();
        return rows;
    }
}
