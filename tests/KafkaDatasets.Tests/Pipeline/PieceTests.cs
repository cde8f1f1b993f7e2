using System.Runtime.InteropServices;
using KafkaDatasets.Tests.Fetching;
using Xunit;

namespace KafkaDatasets.Tests.Pipeline;

/// <summary>How much is read of each lane of a shuffled order at a time: much where seeking is dear, little where the rows that are held for later windows would not fit into the memory.</summary>
public sealed class PieceTests
{
    private const int Rows = 300_000;
    private const int Width = 10;

    [Fact]
    public async Task A_pass_that_holds_too_many_rows_starts_again_with_shorter_pieces_and_gives_the_same_rows()
    {
        FakePartition[] logs = [.. Enumerable.Range(0, 2).Select(p => new FakePartition(p, 0, Rows / 2, [.. Enumerable.Range(0, Rows / 2).Select(i => new FakeRecord(i, Value(i)))]))];
        (List<(int, long)> expected, int passes) = await ReadAsync(new FakeEngine(logs) { ChunkRecords = 5000, ReadsSegmentsInParallel = true }, 64 << 20);
        Assert.Equal(1, passes);
        Assert.Equal(Rows, expected.Distinct().Count());

        (List<(int, long)> rows, passes) = await ReadAsync(new FakeEngine(logs) { ChunkRecords = 5000 }, 64 << 20);
        Assert.Equal(1, passes);
        Assert.Equal(expected, rows);

        // 64 lanes, of each up to 5000 rows of 60 bytes at a time: more than half of 8 MiB
        (rows, passes) = await ReadAsync(new FakeEngine(logs) { ChunkRecords = 5000 }, 8 << 20);
        Assert.Equal(2, passes);
        Assert.Equal(expected, rows);
    }

    private static byte[] Value(int row)
    {
        float[] values = new float[Width];
        values[0] = row;
        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }

    private static async Task<(List<(int, long)> Rows, int Passes)> ReadAsync(FakeEngine engine, long prefetchBytes)
    {
        await using KafkaDataset dataset = await engine.OpenAsync(new KafkaDatasetOptions
        {
            BootstrapServers = "fake:1",
            Format = RecordFormat.Float32([.. Enumerable.Range(0, Width).Select(i => $"x{i}")]),
            PrefetchBytes = prefetchBytes,
        });
        var rows = new List<(int, long)>();
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { Shuffle = Shuffle.Seeded(7) }, TestContext.Current.CancellationToken))
        {
            using (batch)
            {
                for (int row = 0; row < batch.Rows; row++)
                {
                    rows.Add((batch.Partitions[row], batch.Offsets[row]));
                    Assert.Equal(batch.Offsets[row], batch.Features[row, 0]);
                }
            }
        }

        engine.AssertAllReturned();
        return (rows, engine.Sources.Count);
    }
}
