using System.Diagnostics;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Fetching;
using KafkaDatasets.IntegrationTests.Leaks;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>Reads that are given up at random moments: in the opening, before the first row, in the middle, at the end.</summary>
[Collection(nameof(Alone))]
public sealed class CancellationTests(SharedKafka shared)
{
    private const int Rows = 3000;

    public static TheoryData<FetchEngine> EveryEngine => Engines.All;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory(Timeout = 300_000)]
    [InlineData(FetchEngine.Direct, 200)]
    [InlineData(FetchEngine.Consumer, 40)]
    public Task Ends_within_a_second_and_leaves_nothing(FetchEngine engine, int moments) => CheckAsync(engine, moments, seed: 1);

    [LongTheory(Timeout = 1_200_000)]
    [MemberData(nameof(EveryEngine))]
    public Task Ends_within_a_second_and_leaves_nothing_a_thousand_times(FetchEngine engine) => CheckAsync(engine, 1000, seed: 2);

    private async Task CheckAsync(FetchEngine engine, int moments, int seed)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows);
        var random = new Random(seed);
        double longest = Measure(await ReadAsync(kafka, topic, engine, CancellationToken.None, null)); // and the compiler has done its work
        for (int i = 0; i < 10; i++)
        {
            await GiveUpAsync(kafka, topic, engine, i, TimeSpan.FromMilliseconds(random.NextDouble() * longest));
        }

        using var arrays = new ArrayPoolWatch();
        await ReadAsync(kafka, topic, engine, CancellationToken.None, null);
        long arraysBefore = arrays.Out;
        int threadsBefore = Threads();
        int socketsBefore = Sockets(kafka);
        for (int i = 0; i < moments; i++)
        {
            TimeSpan took = await GiveUpAsync(kafka, topic, engine, i, TimeSpan.FromMilliseconds(random.NextDouble() * longest));
            Assert.True(took < TimeSpan.FromSeconds(1), $"Way {i % 3} of giving up took {took} at moment {i}.");
        }

        await Until.TrueAsync(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return Task.FromResult(Threads() <= threadsBefore + 3 && Sockets(kafka) <= socketsBefore && arrays.Out <= arraysBefore);
            },
            TimeSpan.FromSeconds(60),
            () => $"threads {threadsBefore} → {Threads()}, sockets {socketsBefore} → {Sockets(kafka)}, arrays {arraysBefore} → {arrays.Out}",
            Cancelled);
        Assert.Equal(Rows, (await ReadAsync(kafka, topic, engine, CancellationToken.None, null)).Rows);

        static double Measure((int Rows, double Milliseconds) read) => read.Milliseconds;
    }

    /// <summary>Reads until the moment, then cancels, disposes the dataset, or leaves the loop; how long it takes until all is over.</summary>
    private static async Task<TimeSpan> GiveUpAsync(KafkaDriver kafka, FaultTopic topic, FetchEngine engine, int which, TimeSpan moment)
    {
        using var cancellation = new CancellationTokenSource();
        var leave = new Leave((which % 3) switch { 0 => LeaveBy.Cancellation, 1 => LeaveBy.Disposal, _ => LeaveBy.Break });
        Task<(int, double)> read = ReadAsync(kafka, topic, engine, cancellation.Token, leave);
        await Task.WhenAny(read, Task.Delay(moment, Cancelled));
        leave.Started = Stopwatch.GetTimestamp();
        leave.Now.SetResult();
        if (leave.By == LeaveBy.Cancellation)
        {
            await cancellation.CancelAsync();
        }

        try
        {
            await read.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // as it should be
        }

        return Stopwatch.GetElapsedTime(leave.Started);
    }

    private static async Task<(int Rows, double Milliseconds)> ReadAsync(KafkaDriver kafka, FaultTopic topic, FetchEngine engine, CancellationToken cancellationToken, Leave? leave)
    {
        long start = Stopwatch.GetTimestamp();
        int rows = 0;
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(
            topic.Name,
            new KafkaDatasetOptions
            {
                BootstrapServers = kafka.BootstrapServers,
                Format = RecordFormat.Avro(LogTopic.Schema),
                Label = LabelColumn.Binary("label"),
                Engine = engine,
                PrefetchBytes = KafkaDatasetOptions.MinPrefetchBytes,
            },
            cancellationToken);
        if (leave is { By: LeaveBy.Disposal })
        {
            _ = leave.Now.Task.ContinueWith(
                _ =>
                {
                    leave.Started = Stopwatch.GetTimestamp();
                    return dataset.DisposeAsync().AsTask();
                },
                TaskScheduler.Default);
        }

        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 50 }, cancellationToken))
        {
            rows += batch.Rows;
            batch.Dispose();
            if (leave is { By: LeaveBy.Break, Now.Task.IsCompleted: true })
            {
                leave.Started = Stopwatch.GetTimestamp();
                break;
            }
        }

        return (rows, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    private static int Threads()
    {
        using Process process = Process.GetCurrentProcess();
        return process.Threads.Count - ThreadPool.ThreadCount;
    }

    private static int Sockets(KafkaDriver kafka)
    {
        int port = int.Parse(kafka.BootstrapServers.Split(':')[1]);
        return System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
            .Count(c => c.State == System.Net.NetworkInformation.TcpState.Established && c.RemoteEndPoint.Port == port);
    }

    private enum LeaveBy
    {
        Cancellation,
        Disposal,
        Break,
    }

    private sealed class Leave(LeaveBy by)
    {
        public LeaveBy By => by;

        /// <summary>Done when the reader is to go.</summary>
        public TaskCompletionSource Now { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>When it went: the opening, and the wait for a batch whose loop is to be left, are no part of that.</summary>
        public long Started { get; set; }
    }
}
