using System.Diagnostics;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Pipeline;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>Cursors that wait for a broker that does not answer.</summary>
public sealed class CursorWaitTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3000)]
    public async Task Disposing_ends_the_wait_of_another_thread(int rowsBefore)
    {
        var engine = new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(20_000)))
        {
            ChunkRecords = 100,
            BeforeChunk = (_, offset, cancellationToken) => offset >= rowsBefore ? Task.Delay(Timeout.Infinite, cancellationToken) : Task.CompletedTask,
        };
        await using KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema);
        DataViewRowCursor cursor = dataset.ToDataView(new MLContext()).GetRowCursor([]);
        int rows = 0;
        Task reading = Task.Factory.StartNew(
            () =>
            {
                while (cursor.MoveNext())
                {
                    Interlocked.Increment(ref rows);
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        await Until.TrueAsync(() => engine.Sources.Count == 1 && Volatile.Read(ref rows) >= rowsBefore / 1024 * 1024, "the rows before the silence are read");

        long start = Stopwatch.GetTimestamp();
        cursor.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 60);
        Assert.False(cursor.MoveNext());
        Assert.Equal(-1, cursor.Position);
        await Until.TrueAsync(() => engine.Sources.All(s => s.IsDisposed), "the source is disposed");
        engine.AssertAllReturned();
    }

    [Fact]
    public async Task A_cursor_begins_nothing_before_it_moves()
    {
        var engine = new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(10)));
        await using KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema);
        IDataView view = dataset.ToDataView(new MLContext());
        DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        cursor.GetGetter<float>(view.Schema["x"]);
        cursor.GetIdGetter();
        Assert.Empty(engine.Sources);
        Assert.True(cursor.MoveNext());
        Assert.Single(engine.Sources);
        cursor.Dispose();
    }

    [Fact]
    public async Task A_failed_cursor_gives_its_source_back_though_nobody_disposes_it()
    {
        var engine = new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(5000)))
        {
            ChunkRecords = 100,
            BeforeChunk = (_, offset, _) => offset > 3000 ? throw new BrokerException("gone") : Task.CompletedTask,
        };
        await using KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema);
        DataViewRowCursor cursor = dataset.ToDataView(new MLContext()).GetRowCursor([]);
        Assert.Throws<BrokerException>(() =>
        {
            while (cursor.MoveNext())
            {
            }
        });
        await Until.TrueAsync(() => engine.Sources.All(s => s.IsDisposed), "the source is disposed");
        engine.AssertAllReturned();
        Assert.Throws<BrokerException>(() => cursor.MoveNext());
        GC.KeepAlive(cursor);
    }
}
