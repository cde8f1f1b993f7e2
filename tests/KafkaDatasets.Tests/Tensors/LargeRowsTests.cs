using System.Runtime.InteropServices;
using KafkaDatasets.Pipeline;
using KafkaDatasets.Tests.Fetching;
using Microsoft.Extensions.Logging;
using Xunit;

namespace KafkaDatasets.Tests.Tensors;

/// <summary>Shuffled passes over rows so large that a window of them is larger than the memory: the order is the same, and the memory is kept.</summary>
public sealed class LargeRowsTests
{
    private const int Width = 1000;
    private const int Rows = 1500;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Memory_stays_within_the_bound_and_the_order_is_the_same()
    {
        FakePartition[] logs = [.. Enumerable.Range(0, 3).Select(p => new FakePartition(p, 0, Rows / 3, [.. Enumerable.Range(0, Rows / 3).Select(i => new FakeRecord(i, Value(p, i)))]))];
        (List<(int, long)> expected, List<string> states, long mostOfLarge) = await ReadAsync(logs, 256 << 20);
        Assert.Equal(Rows, expected.Distinct().Count());
        Assert.InRange(mostOfLarge, Rows * Width * sizeof(float), long.MaxValue); // a window has all rows

        const long bound = KafkaDatasetOptions.MinPrefetchBytes;
        var log = new CollectingLoggers();
        (List<(int, long)> rows, List<string> statesOfSmall, long most) = await ReadAsync(logs, bound, loggers: log);
        Assert.Equal(expected, rows);
        Assert.Equal(states, statesOfSmall);
        Assert.InRange(most, 1, bound / 2); // a quarter of the bound, and one block
        Assert.Single(log.Lines, line => line.Contains("PrefetchBytes = 1048576", StringComparison.Ordinal));
        Assert.Single(log.Lines, line => line.Contains($"ended after {Rows} rows", StringComparison.Ordinal)); // those that were read again are not counted again

        int resumed = states.Count / 2;
        (List<(int, long)> rest, _, _) = await ReadAsync(logs, bound, ReadState.Parse(states[resumed]));
        Assert.Equal(expected[((resumed + 1) * 50)..], rest);
    }

    private static byte[] Value(int partition, int row)
    {
        float[] values = new float[Width];
        values[0] = partition;
        values[1] = row;
        values[^1] = row;
        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }

    private static async Task<(List<(int, long)> Rows, List<string> States, long MostBytes)> ReadAsync(FakePartition[] logs, long prefetchBytes, ReadState? from = null, ILoggerFactory? loggers = null)
    {
        var engine = new FakeEngine(logs) { ChunkRecords = 20 };
        await using KafkaDataset dataset = await engine.OpenAsync(new KafkaDatasetOptions
        {
            BootstrapServers = "fake:1",
            Format = RecordFormat.Float32([.. Enumerable.Range(0, Width).Select(i => $"x{i}")]),
            PrefetchBytes = prefetchBytes,
            LoggerFactory = loggers,
        });
        var rows = new List<(int, long)>();
        var states = new List<string>();
        long most = 0;
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 50, Shuffle = from is null ? Shuffle.Seeded(7) : null, ResumeFrom = from }, Token))
        {
            using (batch)
            {
                for (int row = 0; row < batch.Rows; row++)
                {
                    rows.Add((batch.Partitions[row], batch.Offsets[row]));
                    Assert.Equal(batch.Partitions[row], batch.Features[row, 0]);
                    Assert.Equal(batch.Offsets[row], batch.Features[row, 1]);
                    Assert.Equal(batch.Offsets[row], batch.Features[row, Width - 1]);
                }

                states.Add(batch.State.ToJson());
                most = Math.Max(most, ((WindowReader)batch.Owner).MostBytes);
            }
        }

        engine.AssertAllReturned();
        return (rows, states, most);
    }

    private sealed class CollectingLoggers : ILoggerFactory, ILogger
    {
        public List<string> Lines { get; } = [];

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (Lines)
            {
                Lines.Add(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}
