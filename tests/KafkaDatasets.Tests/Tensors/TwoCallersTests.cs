using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Pipeline;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Tensors;

/// <summary>A pass has one caller at a time: a second one gets an exception, and the process lives on.</summary>
public sealed class TwoCallersTests
{
    [Fact]
    public async Task Two_threads_on_one_batch_enumerator_get_an_exception()
    {
        var hold = new TaskCompletionSource();
        var engine = new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(5000))) { BeforeChunk = (_, offset, token) => offset >= 500 ? hold.Task.WaitAsync(token) : Task.CompletedTask };
        await using (KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema))
        {
            await using IAsyncEnumerator<TensorBatch> batches = dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 5000 }, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
            Task<bool> first = batches.MoveNextAsync().AsTask();
            InvalidOperationException e = await Assert.ThrowsAsync<InvalidOperationException>(async () => await batches.MoveNextAsync());
            Assert.Contains("two callers at once", e.Message);
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await batches.DisposeAsync());
            hold.SetResult();
            Assert.True(await first);
            Assert.Equal(5000, batches.Current.Rows);
            Assert.False(await batches.MoveNextAsync());
        }

        engine.AssertAllReturned();
    }

    [Fact]
    public async Task Threads_that_race_for_batches_lose_no_row_that_they_were_given_and_end()
    {
        var engine = new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(20_000)));
        await using KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema);
        for (int round = 0; round < 20; round++)
        {
            IAsyncEnumerator<TensorBatch> batches = dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 7, Shuffle = round % 2 == 0 ? null : Shuffle.Seeded(1) }, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
            bool[] ended = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                while (true)
                {
                    try
                    {
                        if (!await batches.MoveNextAsync())
                        {
                            return true;
                        }
                    }
                    catch (InvalidOperationException)
                    {
                        await Task.Yield();
                    }
                }
            })));
            Assert.All(ended, Assert.True);
            await batches.DisposeAsync();
        }
    }

    [Fact]
    public async Task Threads_that_race_for_rows_of_a_cursor_do_not_end_the_process()
    {
        var engine = new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(20_000)));
        await using KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema);
        IDataView view = dataset.ToDataView(new MLContext());
        for (int round = 0; round < 20; round++)
        {
            using DataViewRowCursor cursor = view.GetRowCursor(view.Schema, round % 2 == 0 ? null : new Random(round));
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                try
                {
                    while (cursor.MoveNext())
                    {
                    }
                }
                catch (InvalidOperationException)
                {
                }
            })));
        }
    }
}
