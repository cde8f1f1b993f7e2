using System.Text;
using CsCheck;
using KafkaDatasets.Decoding;
using KafkaDatasets.Formats;
using KafkaDatasets.Pipeline;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;
using KafkaDatasets.Tests.Fetching;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaDatasets.Tests.Pipeline;

public sealed class RowPipelineTests
{
    private static readonly Gen<PipelineOptions> Divisions = Gen.OneOf(
        Gen.Select(Gen.Int[1, 9], Gen.Long[1, 500], Gen.Int[1, 3], Gen.Long[1, 2000], Gen.Int[1, 4], (rows, bytes, blocks, source, workers) => new PipelineOptions(rows, bytes, blocks, source, workers)),
        Gen.Select(Gen.Int[1, 2000], Gen.Long[1, 1 << 20], Gen.Int[2, 32], Gen.Long[1, 1 << 22], Gen.Int[1, 4], (rows, bytes, blocks, source, workers) => new PipelineOptions(rows, bytes, blocks, source, workers)));

    private static readonly Gen<int[]> Lengths = Gen.OneOf(
        Gen.Int[0, 3000].Array[1],
        Gen.Frequency((1, Gen.Int[0, 2000]), (4, Gen.Int[0, 100])).Array[6],
        Gen.Frequency((1, Gen.Int[300, 500]), (8, Gen.Int[0, 20])).Array[64]);

    [Fact]
    public async Task Every_division_of_memory_and_every_chunking_give_the_same_rows_in_the_same_order() =>
        await Gen.Select(Lengths, Divisions, Gen.Int[1, 700], Gen.OneOf(Gen.Const(1), Gen.Int[2, 40], Gen.Const(1024)), Gen.Int, Gen.Bool).SampleAsync(
            async (lengths, division, chunkRecords, stripe, seed, yields) =>
            {
                var random = new Random(seed);
                FakePartition[] logs = PipelineRows.Logs(random, lengths, () => random.Next(30) == 0 ? random.Next(5000) : random.Next(4));
                var snapshot = new DatasetSnapshot("t", null, logs.Select(l => new PartitionRange(l.Partition, l.Start, l.End)), stripe);
                var engine = new FakeEngine(logs, seed)
                {
                    ChunkRecords = chunkRecords,
                    BeforeChunk = yields ? async (_, _, _) => await Task.Yield() : null,
                };
                (int Partition, long Offset, byte[] Value)[] expected = PipelineRows.InOrder(logs, snapshot);
                int seen = 0;
                var ids = new RowIds(snapshot);
                var seenIds = new HashSet<long>();
                await using (BlockReader reader = await OpenAsync(engine, snapshot, division))
                {
                    while (await reader.ReadAsync() is { } block)
                    {
                        Assert.InRange(block.Rows, 1, division.BlockRows);
                        for (int row = 0; row < block.Rows; row++, seen++)
                        {
                            Assert.Equal((expected[seen].Partition, expected[seen].Offset), (block.Partitions[row], block.Offsets[row]));
                            Assert.Equal(expected[seen].Value, Encode(block, row));
                            Assert.True(seenIds.Add(ids.Of(block.Partitions[row], block.Offsets[row])));
                        }

                        reader.Return(block);
                    }

                    Assert.Null(await reader.ReadAsync());
                }

                Assert.Equal(expected.Length, seen);
                engine.AssertAllReturned();
            },
            iter: 80,
            threads: 2);

    [Fact]
    public async Task Records_that_wait_stay_within_the_bound_but_for_chunks_that_are_awaited()
    {
        const int recordBytes = 1000;
        FakePartition[] logs = [.. Enumerable.Range(0, 8).Select(p => FakePartition.Of(p, Enumerable.Range(0, 2000).Select(i => PipelineRows.Encode(i, recordBytes))))];
        var engine = new FakeEngine(logs) { ChunkRecords = 20 };
        var snapshot = new DatasetSnapshot("t", null, logs.Select(l => new PartitionRange(l.Partition, l.Start, l.End)), 50);
        var division = new PipelineOptions(BlockRows: 100, BlockBytes: 40_000, Blocks: 3, SourceBytes: 200_000, Workers: 2);
        await using (BlockReader reader = await OpenAsync(engine, snapshot, division))
        {
            while (await reader.ReadAsync() is { } block)
            {
                reader.Return(block);
            }
        }

        // Beyond the bound there are at most the chunk that passed it, and a stripe's chunk of each partition that was awaited meanwhile.
        Assert.InRange(engine.Sources.Single().MostHeldBytes, 100_000, 200_000 + (9 * 20 * (recordBytes + 20)));
    }

    [Fact]
    public async Task Blocks_of_large_records_have_fewer_rows()
    {
        FakePartition log = FakePartition.Of(0, Enumerable.Range(0, 3000).Select(i => PipelineRows.Encode(i, 1000)));
        var engine = new FakeEngine(log) { ChunkRecords = 1500 };
        await using BlockReader reader = await OpenAsync(engine, new DatasetSnapshot("t", null, [new(0, 0, 3000)]), new PipelineOptions(BlockRows: 1000, BlockBytes: 50_000, Blocks: 4, SourceBytes: 1 << 20, Workers: 1));
        var rows = new List<int>();
        while (await reader.ReadAsync() is { } block)
        {
            rows.Add(block.Rows);
            reader.Return(block);
        }

        Assert.Equal(3000, rows.Sum());
        Assert.InRange(rows.Max(), 40, 51);
        Assert.InRange(rows.Average(), 40, 51);
    }

    [Fact]
    public async Task A_fault_of_the_source_comes_after_the_blocks_before_it_and_again_at_the_next_call()
    {
        FakePartition[] logs = [FakePartition.Of(0, Values(1000)), FakePartition.Of(1, Values(1000))];
        var fault = new BrokerException("no broker");
        var engine = new FakeEngine(logs)
        {
            ChunkRecords = 50,
            BeforeChunk = (partition, offset, _) => partition == 1 && offset >= 500 ? Task.FromException(fault) : Task.CompletedTask,
        };
        var snapshot = new DatasetSnapshot("t", null, [new(0, 0, 1000), new(1, 0, 1000)], 100);
        (int Partition, long Offset, byte[])[] expected = PipelineRows.InOrder(logs, snapshot);
        await using (BlockReader reader = await OpenAsync(engine, snapshot, new PipelineOptions(7, 1000, 3, 1, 2)))
        {
            int seen = 0;
            BrokerException e = await Assert.ThrowsAsync<BrokerException>(async () =>
            {
                while (await reader.ReadAsync() is { } block)
                {
                    Assert.Equal(expected.Skip(seen).Take(block.Rows).Select(r => r.Offset), block.Offsets.ToArray());
                    seen += block.Rows;
                    reader.Return(block);
                }
            });
            Assert.Same(fault, e);
            Assert.InRange(seen, 900, 1200); // partition 1 up to 500, and partition 0 as far as its turns have come
            Assert.Same(fault, await Assert.ThrowsAsync<BrokerException>(async () => await reader.ReadAsync()));
        }

        engine.AssertAllReturned();
    }

    [Fact]
    public async Task Every_block_that_was_full_before_a_fault_of_the_source_is_read()
    {
        var fault = new BrokerException("no broker");
        var engine = new FakeEngine(FakePartition.Of(0, Values(1000)))
        {
            ChunkRecords = 50,
            BeforeChunk = (_, offset, _) => offset >= 500 ? Task.FromException(fault) : Task.CompletedTask,
        };
        await using (BlockReader reader = await OpenAsync(engine, new DatasetSnapshot("t", null, [new(0, 0, 1000)]), new PipelineOptions(10, 1 << 20, 32, 1 << 20, 1)))
        {
            int seen = 0;
            BrokerException e = await Assert.ThrowsAsync<BrokerException>(async () =>
            {
                while (await reader.ReadAsync() is { } block)
                {
                    seen += block.Rows;
                    reader.Return(block);
                }
            });
            Assert.Same(fault, e);
            Assert.Equal(500, seen);
        }

        engine.AssertAllReturned();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_bad_record_comes_after_the_blocks_before_it_and_again_at_the_next_call(int workers)
    {
        byte[][] values = [.. Values(5000)];
        values[3333] = [1];
        values[4000] = [1];
        var engine = new FakeEngine(FakePartition.Of(0, values));
        await using (BlockReader reader = await OpenAsync(engine, new DatasetSnapshot("t", null, [new(0, 0, 5000)]), new PipelineOptions(10, 1 << 20, 32, 1 << 20, workers)))
        {
            long seen = 0;
            RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(async () =>
            {
                while (await reader.ReadAsync() is { } block)
                {
                    Assert.Equal(seen, block.Offsets[0]);
                    seen += block.Rows;
                    reader.Return(block);
                }
            });
            Assert.Equal(3330, seen);
            Assert.Equal(3333, e.Offset);
            Assert.Same(e, await Assert.ThrowsAsync<RecordDecodingException>(async () => await reader.ReadAsync()));
        }

        engine.AssertAllReturned();
    }

    internal static IEnumerable<byte[]> Values(int count) => Enumerable.Range(0, count).Select(i => PipelineRows.Encode(i));

    private static async Task<BlockReader> OpenAsync(FakeEngine engine, DatasetSnapshot snapshot, PipelineOptions division)
    {
        var options = new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Avro(PipelineRows.Schema) };
        DatasetFormat format = await RecordFormats.BindAsync(snapshot, engine, options, NewestSchemas.Request(snapshot.Topic, options, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        BlockColumn[] layout = [.. format.Schema.Columns.Select(c => new BlockColumn(c))];
        IRowDecoder decoder = format.CreateDecoder(layout, new BadRecords("t", BadRecordPolicy.Throw, NullLogger.Instance));
        return new BlockReader(
            order => new RowPipeline(order, engine.OpenSource(order, division.SourceBytes), decoder, division, TestContext.Current.CancellationToken, CancellationToken.None),
            ReadOrder.Of(snapshot),
            options,
            NullLogger.Instance,
            CancellationToken.None);
    }

    private static byte[] Encode(RowBlock block, int row)
    {
        long id = ((FixedColumn<long>)block.Columns[0]).Values[row];
        Assert.Equal(id / 2f, ((FixedColumn<float>)block.Columns[1]).Values[row]);
        return PipelineRows.Encode(id, Encoding.UTF8.GetString(((TextColumn)block.Columns[3]).Text(row)).Length);
    }
}
