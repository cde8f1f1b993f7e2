using System.Diagnostics;
using System.Runtime.CompilerServices;
using CsCheck;
using KafkaDatasets.Tests.Fetching;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Pipeline;

/// <summary>How passes end that do not end by themselves.</summary>
public sealed class PassEndTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cancelling_at_any_moment_ends_the_pass_at_once_and_gives_everything_back() =>
        await Gen.Select(Gen.Int[0, 400], Gen.Int[0, 2], Gen.Int, Gen.Int[1, 300]).SampleAsync(
            async (moment, where, seed, batchSize) =>
            {
                using var cancellation = new CancellationTokenSource();
                using var other = new CancellationTokenSource();
                int chunks = 0;
                var engine = new FakeEngine([.. Enumerable.Range(0, 3).Select(p => FakePartition.Of(p, RowPipelineTests.Values(4000)))], seed)
                {
                    ChunkRecords = 60,
                    BeforeChunk = async (_, _, ct) =>
                    {
                        if (where == 0 && ++chunks > moment)
                        {
                            cancellation.Cancel(); // in the middle of fetching
                        }
                        else if (where == 1 && ++chunks > moment)
                        {
                            cancellation.CancelAfter(1);
                            await Task.Delay(Timeout.Infinite, ct); // while nothing comes
                        }
                    },
                };
                await using KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema);
                int rows = 0;
                long start = Stopwatch.GetTimestamp();
                try
                {
                    await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = batchSize }, seed % 2 == 0 ? cancellation.Token : other.Token)
                        .WithCancellation(seed % 2 == 0 ? other.Token : cancellation.Token))
                    {
                        rows += batch.Rows;
                        batch.Dispose();
                        if (where == 2 && rows > 20 * moment)
                        {
                            await cancellation.CancelAsync(); // between two batches
                        }
                    }

                    Assert.Equal(12_000, rows);
                }
                catch (OperationCanceledException e)
                {
                    Assert.Equal(cancellation.Token, e.CancellationToken);
                    Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 60);
                }

                engine.AssertAllReturned();
            },
            iter: 40,
            threads: 2);

    [Fact]
    public async Task A_token_that_is_cancelled_already_opens_nothing()
    {
        var engine = new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(10)));
        await using KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await dataset.ReadBatchesAsync(cancellationToken: new CancellationToken(true)).GetAsyncEnumerator(Token).MoveNextAsync());
        Assert.Empty(engine.Sources);
    }

    [Fact]
    public async Task Leaving_a_pass_early_gives_everything_back()
    {
        var engine = new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(50_000)));
        await using KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema);
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 10 }, Token))
        {
            batch.Dispose();
            break;
        }

        engine.AssertAllReturned();
        using (DataViewRowCursor cursor = dataset.ToDataView(new MLContext()).GetRowCursor([]))
        {
            Assert.True(cursor.MoveNext());
        }

        await Until.TrueAsync(() => engine.Sources.All(s => s.IsDisposed), "the cursor's source is disposed");
        engine.AssertAllReturned();
    }

    [Fact]
    public async Task Passes_that_are_forgotten_give_everything_back()
    {
        var engine = new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(50_000))) { ChunkRecords = 10 };
        await using KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema);
        await ForgetAsync(dataset);
        await Until.TrueAsync(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return engine.Sources.All(s => s.IsDisposed);
            },
            "the sources of forgotten passes are disposed");
        Assert.Equal(2, engine.Sources.Count); // a cursor that has not moved has none
        engine.AssertAllReturned();
    }

    [Fact]
    public async Task A_cursor_at_its_end_gives_everything_back_though_nobody_disposes_it()
    {
        var engine = new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(5000)));
        await using KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema);
        DataViewRowCursor cursor = dataset.ToDataView(new MLContext()).GetRowCursor([]);
        while (cursor.MoveNext())
        {
        }

        await Until.TrueAsync(() => engine.Sources.All(s => s.IsDisposed), "the source is disposed");
        engine.AssertAllReturned();
        GC.KeepAlive(cursor);
    }

    [Fact]
    public async Task Disposing_the_dataset_ends_its_passes_with_an_exception_and_refuses_new_ones()
    {
        var engine = new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(200_000)))
        {
            BeforeChunk = (_, offset, ct) => offset > 100_000 ? Task.Delay(Timeout.Infinite, ct) : Task.CompletedTask,
        };
        KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema);
        IDataView view = dataset.ToDataView(new MLContext());
        DataViewRowCursor cursor = view.GetRowCursor([]);
        Assert.True(cursor.MoveNext());
        IAsyncEnumerable<TensorBatch> notBegun = dataset.ReadBatchesAsync(cancellationToken: Token);
        IAsyncEnumerator<TensorBatch> batches = dataset.ReadBatchesAsync(cancellationToken: Token).GetAsyncEnumerator(Token);
        Assert.True(await batches.MoveNextAsync());

        await dataset.DisposeAsync();
        await dataset.DisposeAsync();
        Assert.Equal(1, engine.Disposals);

        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            while (await batches.MoveNextAsync())
            {
            }
        }).WaitAsync(TimeSpan.FromSeconds(60), Token);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Task.Run(
            () =>
            {
                while (cursor.MoveNext())
                {
                }
            },
            Token)).WaitAsync(TimeSpan.FromSeconds(60), Token);
        Assert.Throws<ObjectDisposedException>(() => dataset.ReadBatchesAsync(cancellationToken: Token));
        Assert.Throws<ObjectDisposedException>(() => dataset.ToDataView(new MLContext()));
        Assert.Throws<ObjectDisposedException>(() => view.GetRowCursor([]));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await notBegun.GetAsyncEnumerator(Token).MoveNextAsync());
        cursor.Dispose();
        await Until.TrueAsync(() => engine.Sources.All(s => s.IsDisposed), "the sources are disposed");
        engine.AssertAllReturned();
    }

    [Fact]
    public async Task A_failed_opening_disposes_the_engine()
    {
        var engine = new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(1)));
        await Assert.ThrowsAsync<InvalidOptionsException>(() => engine.OpenAsync(PipelineRows.Schema, LabelColumn.Binary("nothing")));
        Assert.Equal(1, engine.Disposals);
    }

    [Fact]
    public async Task A_pass_leaves_the_callers_activity_alone()
    {
        using var listener = new ActivityListener { ShouldListenTo = source => source.Name == "KafkaDatasets", Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData };
        ActivitySource.AddActivityListener(listener);
        using var own = new Activity("caller");
        own.Start();
        var engine = new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(10)));
        await using KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema);
        DataViewRowCursor cursor = dataset.ToDataView(new MLContext()).GetRowCursor([]);
        Assert.Same(own, Activity.Current);
        while (cursor.MoveNext())
        {
        }

        cursor.Dispose();
        Assert.Same(own, Activity.Current);
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: Token))
        {
            Assert.Same(own, Activity.Current);
            batch.Dispose();
        }

        Assert.Same(own, Activity.Current);
    }

    [Fact]
    public async Task Progress_ends_at_the_whole()
    {
        FakePartition[] logs = PipelineRows.Logs(new Random(3), [3000, 200, 0, 1], () => 1);
        var reports = new List<ReadProgress>();
        var engine = new FakeEngine(logs);
        await using KafkaDataset dataset = await engine.OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Avro(PipelineRows.Schema), Progress = new Reporter(reports) });
        int rows = 0;
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 3 }, Token))
        {
            rows += batch.Rows;
            batch.Dispose();
        }

        Assert.Equal(logs.Sum(l => l.Records.Count(r => r.Value is not null)), rows);
        Assert.Equal(("t", rows, 3201, 3201, 1.0), (reports[^1].Topic, (int)reports[^1].Rows, (int)reports[^1].Offsets, (int)reports[^1].TotalOffsets, reports[^1].Fraction));
        Assert.Equal(reports.Select(r => r.Offsets).Order(), reports.Select(r => r.Offsets));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task ForgetAsync(KafkaDataset dataset)
    {
        IDataView view = dataset.ToDataView(new MLContext());
        Assert.True(view.GetRowCursor(view.Schema).MoveNext());
        _ = view.GetRowCursor(view.Schema);
        Assert.True(await dataset.ReadBatchesAsync().GetAsyncEnumerator(Token).MoveNextAsync());
    }

    private sealed class Reporter(List<ReadProgress> reports) : IProgress<ReadProgress>
    {
        public void Report(ReadProgress value) => reports.Add(value);
    }
}
