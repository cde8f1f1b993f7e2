using CsCheck;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Pipeline;
using Xunit;

namespace KafkaDatasets.Tests.Tensors;

public sealed class TensorBatchTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_batch_size_and_memory_bound_gives_the_same_rows() => await Gen.Select(
        Gen.OneOf(Gen.Const(1), Gen.Const(7), Gen.Const(1000), Gen.Const(100_000), Gen.Int[1, 3000]),
        Gen.Int[0, 3].Select(i => KafkaDatasetOptions.MinPrefetchBytes << i),
        Gen.Int[1, 4],
        Gen.Bool,
        Gen.Int[0, 3]).SampleAsync(
            async (batchSize, prefetch, workers, dropRemainder, data) =>
            {
                FakePartition[] logs = PipelineRows.Logs(new Random(data), [700, 2, 0, 2500, 1300, 30], () => data == 0 ? 20_000 : 10);
                var engine = new FakeEngine(logs, batchSize) { ChunkRecords = 200 };
                await using KafkaDataset dataset = await engine.OpenAsync(new KafkaDatasetOptions
                {
                    BootstrapServers = "fake:1",
                    Format = RecordFormat.Avro(PipelineRows.Schema),
                    Label = LabelColumn.Binary("label"),
                    Features = ["x", "id"],
                    PrefetchBytes = prefetch,
                    DecodeWorkers = workers,
                });
                (int Partition, long Offset, byte[] Value)[] expected = PipelineRows.InOrder(logs, dataset.Snapshot);
                int seen = 0;
                await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = batchSize, DropRemainder = dropRemainder, Tensors = ["id", "label"] }, Token))
                {
                    using (batch)
                    {
                        Assert.Equal(dropRemainder ? batchSize : Math.Min(batchSize, expected.Length - seen), batch.Rows);
                        Assert.Equal([batch.Rows, 2], batch.Features.Lengths);
                        Assert.Equal([batch.Rows], batch.Labels.Lengths);
                        Assert.Equal(batch.Rows, batch.Partitions.Length);
                        Assert.Equal(batch.Rows, batch.Offsets.Length);
                        for (int row = 0; row < batch.Rows; row++, seen++)
                        {
                            Assert.Equal((expected[seen].Partition, expected[seen].Offset), (batch.Partitions[row], batch.Offsets[row]));
                            float id = batch["id"][row];
                            Assert.Equal(expected[seen].Value, PipelineRows.Encode((long)id, data == 0 ? 20_000 : 10));
                            Assert.Equal(id, batch.Features[row, 1]);
                            Assert.Equal(id / 2, batch.Features[row, 0]);
                            Assert.Equal(id % 2, batch.Labels[row]);
                            Assert.Equal(id % 2, batch["label"][row]);
                        }
                    }
                }

                Assert.Equal(dropRemainder ? expected.Length / batchSize * batchSize : expected.Length, seen);
                engine.AssertAllReturned();
            },
            iter: 15,
            threads: 2);

    [Fact]
    public async Task An_empty_range_has_no_batch()
    {
        await using KafkaDataset none = await new FakeEngine(new FakePartition(0, 5, 5, []), new FakePartition(1, 0, 3, [])).OpenAsync(PipelineRows.Schema);
        await foreach (TensorBatch batch in none.ReadBatchesAsync(cancellationToken: Token))
        {
            Assert.Fail($"a batch of {batch.Rows} rows");
        }
    }

    [Fact]
    public async Task Memory_of_a_batch_is_not_used_again_until_it_is_disposed()
    {
        const int rows = 20_000;
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(rows))).OpenAsync(PipelineRows.Schema);
        foreach (int batchSize in (int[])[100, 1000])
        {
            var kept = new List<TensorBatch>();
            await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = batchSize, Tensors = ["id"] }, Token))
            {
                if (batch.Offsets[0] % 300 == 0)
                {
                    kept.Add(batch);
                }
                else
                {
                    batch.Dispose();
                }
            }

            Assert.True(kept.Count > 2);
            foreach (TensorBatch batch in kept)
            {
                Assert.All(Enumerable.Range(0, batch.Rows), row => Assert.Equal(batch.Offsets[row], batch["id"][row]));
                batch.Dispose();
            }
        }
    }

    [Fact]
    public async Task A_batch_disposed_twice_gives_its_memory_back_once()
    {
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(5000))).OpenAsync(PipelineRows.Schema);
        TensorBatch? before = null;
        long next = 0;
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 10 }, Token))
        {
            Assert.Equal(Enumerable.Range(0, 10).Select(i => next + i), batch.Offsets.ToArray());
            next += 10;
            before?.Dispose();
            before?.Dispose();
            before = batch;
        }

        Assert.Equal(5000, next);
    }

    [Fact]
    public async Task A_disposed_batch_holds_nothing_any_more()
    {
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(3))).OpenAsync(PipelineRows.Schema, LabelColumn.Regression("x"));
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { Tensors = ["id"] }, Token))
        {
            batch.Dispose();
            Assert.Equal(3, batch.Rows);
            Assert.Throws<ObjectDisposedException>(() => batch.Features.Lengths.Length);
            Assert.Throws<ObjectDisposedException>(() => batch.Labels.Lengths.Length);
            Assert.Throws<ObjectDisposedException>(() => batch["id"].Lengths.Length);
            Assert.Throws<ObjectDisposedException>(() => batch.Partitions.Length);
            Assert.Throws<ObjectDisposedException>(() => batch.Offsets.Length);
        }
    }

    [Fact]
    public async Task What_was_not_asked_for_is_an_error_that_says_how_to_ask()
    {
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(3))).OpenAsync(PipelineRows.Schema);
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: Token))
        {
            Assert.Contains("KafkaDatasetOptions.Label", Assert.Throws<InvalidOperationException>(() => batch.Labels.Lengths.Length).Message);
            Assert.Contains("BatchOptions.Tensors", Assert.Throws<KeyNotFoundException>(() => batch["id"].Lengths.Length).Message);
        }

        await using KafkaDataset texts = await new FakeEngine(FakePartition.Of(0, [[2, (byte)'a']])).OpenAsync("""{"type":"record","name":"R","fields":[{"name":"s","type":"string"}]}""");
        await foreach (TensorBatch batch in texts.ReadBatchesAsync(cancellationToken: Token))
        {
            Assert.Equal(1, batch.Rows);
            Assert.Throws<InvalidOperationException>(() => batch.Features.Lengths.Length);
        }
    }

    [Fact]
    public async Task Faults_of_batch_options_are_named_at_once_at_the_call()
    {
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(3))).OpenAsync(PipelineRows.Schema);
        InvalidOptionsException e = Assert.Throws<InvalidOptionsException>(() => dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 0, Tensors = ["id", "text", "none"] }, Token));
        Assert.Equal(4, e.Faults.Count);
        Assert.All(["BatchSize is 0", "'text' is of type Text", "no field 'none'", "has the fields id, x, label, text"], part => Assert.Contains(e.Faults, f => f.Contains(part, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Passes_at_the_same_time_do_not_meet()
    {
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(3000)), FakePartition.Of(1, RowPipelineTests.Values(1000))).OpenAsync(PipelineRows.Schema);
        float[][] sums = await Task.WhenAll(Enumerable.Range(1, 6).Select(i => Task.Run(async () =>
        {
            var ids = new List<float>();
            await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 17 * i, Tensors = ["id"] }, Token))
            {
                using (batch)
                {
                    for (int row = 0; row < batch.Rows; row++)
                    {
                        ids.Add(batch["id"][row]);
                    }
                }
            }

            return ids.ToArray();
        })));
        Assert.Equal(4000, sums[0].Length);
        Assert.All(sums, ids => Assert.Equal(sums[0], ids));
    }

    [Fact]
    public async Task A_category_label_is_the_class_from_0_and_NaN_where_missing()
    {
        const string schema = """{"type":"record","name":"R","fields":[{"name":"y","type":["null","int"]},{"name":"x","type":"float"}]}""";
        byte[][] values = [[2, 14, 0, 0, 0, 0], [0, 0, 0, 0, 0], [2, 10, 0, 0, 0, 0], [2, 12, 0, 0, 0, 0]]; // 7, null, 5, 6
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, values)).OpenAsync(schema, LabelColumn.Category("y", ["5", "7"]));
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: Token))
        {
            Assert.Equal([1f, float.NaN, 0f, float.NaN], [batch.Labels[0], batch.Labels[1], batch.Labels[2], batch.Labels[3]]);
        }
    }
}
