using System.Runtime.CompilerServices;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Pipeline;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.MLNet.Contract.Leaks;

/// <summary>ML.NET leaves cursors undisposed, so nothing may hang on their disposal.</summary>
[Collection(nameof(Alone))]
public sealed class CursorLeakTests
{
    private const int CursorsOfARound = 100;

    /// <summary>What leaks with each cursor is seen with 300 of them; a thousand where KAFKADATASETS_LONG is 1.</summary>
    private static readonly int Rounds = Environment.GetEnvironmentVariable("KAFKADATASETS_LONG") == "1" ? 10 : 3;

    [Theory]
    [InlineData(FetchEngine.Direct)]
    [InlineData(FetchEngine.Consumer)]
    public async Task Hundreds_of_forgotten_cursors_leave_no_thread_socket_or_buffer(FetchEngine engine)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        EventTopic.Fill(kafka, "forgotten", 12_000, 12_000);
        IDataView view = Open(kafka, engine);
        ReadAll(view);
        using var arrays = new ArrayPoolWatch();
        ReadAll(view);
        long arraysBefore = arrays.Out;
        long memoryBefore = GC.GetTotalMemory(forceFullCollection: true);
        await Until.TrueAsync(() => ProcessHoldings.Now(kafka).Sockets == 0, "the connections of two passes are closed when idle", 30);
        ProcessHoldings before = ProcessHoldings.Now(kafka);

        for (int round = 0; round < Rounds; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, CursorsOfARound / 2).Select(i => Task.Factory.StartNew(
                () => Forget(view, moves: 1 + 20 * i),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));
            for (int i = 0; i < CursorsOfARound / 2; i++)
            {
                Forget(view, moves: 0);
            }

            GC.Collect();
        }

        await Until.TrueAsync(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return ProcessHoldings.Now(kafka).IsBackTo(before) && arrays.Out <= arraysBefore;
            },
            "the process holds no more than before",
            60);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - memoryBefore, long.MinValue, 32 << 20);
        ReadAll(view);
    }

    [Fact]
    public async Task Hundreds_of_forgotten_cursors_leave_no_chunk()
    {
        var engine = new FakeEngine([.. Enumerable.Range(0, 3).Select(p => FakePartition.Of(p, RowPipelineTests.Values(5000)))]);
        await using KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema);
        IDataView view = dataset.ToDataView(new MLContext());
        for (int i = 0; i < Rounds * CursorsOfARound; i++)
        {
            Forget(view, moves: i % 2 == 0 ? 0 : 3 * i);
        }

        await Until.TrueAsync(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return engine.Sources.All(s => s.IsDisposed);
            },
            "the sources of forgotten cursors are disposed",
            30);
        Assert.Equal(Rounds * CursorsOfARound / 2, engine.Sources.Count);
        engine.AssertAllReturned();
    }

    private static IDataView Open(EmbeddedKafka kafka, FetchEngine engine) => KafkaDataView.FromTopic(new MLContext(1), "forgotten", new KafkaDatasetOptions
    {
        BootstrapServers = kafka.BootstrapServers,
        Format = RecordFormat.Avro(EventTopic.Schema),
        Engine = engine,
        PrefetchBytes = KafkaDatasetOptions.MinPrefetchBytes,
        Timeout = TimeSpan.FromMinutes(5),
        TimeProvider = new HastyTimeProvider(10),
    });

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(IDataView view, int moves)
    {
        DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        for (int i = 0; i < moves; i++)
        {
            Assert.True(cursor.MoveNext());
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ReadAll(IDataView view)
    {
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        int rows = 0;
        while (cursor.MoveNext())
        {
            rows++;
        }

        Assert.Equal(23_520, rows);
    }
}
