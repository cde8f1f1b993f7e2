using System.Diagnostics;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Measuring;
using KafkaDatasets.Benchmarks.Reports;
using KafkaDatasets.Benchmarks.Topics;
using Spectre.Console;
using SusyDemo.Network;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>The sample's network: how fast it is trained from rows in memory, against what the cores can compute.</summary>
internal sealed class NetworkSuite : ISuite
{
    private const int Features = 18;
    private const long ManyRows = 5_000_000;
    private const int Epochs = 2;

    public string Name => "network";

    public string Title => "The sample's network";

    public string? Lacks(Ground ground) => null;

    public async Task<IReadOnlyList<ResultTable>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        int rows = bench.Settings.Quick ? 3_000 : 100_000;
        var options = new NetworkOptions { Epochs = Epochs };
        double operations = OperationsPerRow(options);
        var rates = new List<double>();
        var peaks = new List<double>();
        for (int round = 1; round <= bench.Rounds; round++)
        {
            peaks.Add(FmaPeak.Measure(TimeSpan.FromSeconds(bench.Settings.Quick ? 0.05 : 1)));
            rates.Add(await RateAsync(new Rows(rows), options, cancellationToken));
            AnsiConsole.WriteLine($"  {round}/{bench.Rounds} {rates[^1],12:N0} rows/s {rates[^1] * operations / 1e9,8:N0} of {peaks[^1] / 1e9:N0} GFlop/s");
        }

        double rate = rates.Median(r => r);
        double share = rates.Zip(peaks).Median(p => p.First * operations / p.Second);
        var table = new ResultTable(
            $"Training steps of {options.BatchSize:N0} rows of {Features} features from memory, on {options.Threads} cores, without reading: layers of {string.Join(", ", options.Shape.Select(s => s.Units))} and 1 units, {operations / 1000:N0} thousand floating-point operations a row. "
            + $"The peak is that of independent fused multiply-adds on all cores. Figures: {bench.Figures}.",
            ["rows/s", "GFlop/s", "peak, GFlop/s", "share", $"{ManyRows:N0} rows × {Epochs} epochs"]);
        table.Add($"{rate:N0}", $"{rate * operations / 1e9:N0}", $"{peaks.Median(p => p) / 1e9:N0}", $"{share:P0}", $"{ManyRows * Epochs / rate:N0} s");
        var aims = new AimTable();
        aims.AtLeast("training step, floating-point operations against the peak of the cores", 50, " %", 100 * share);
        return [table, aims];
    }

    /// <summary>Forward, the gradient of the weights, and that of every layer's inputs but the first's: two operations a weight each.</summary>
    private static double OperationsPerRow(NetworkOptions options)
    {
        int[] units = [Features, .. options.Shape.Select(s => s.Units), 1];
        int[] weights = [.. units.Zip(units.Skip(1), (a, b) => a * b)];
        return (6.0 * weights.Sum()) - (2 * weights[0]);
    }

    private static async Task<double> RateAsync(Rows source, NetworkOptions options, CancellationToken cancellationToken)
    {
        long started = 0;
        long before = 0;
        long rows = 0;
        await NetworkTrainer.TrainAsync(
            source,
            options,
            progress =>
            {
                if (progress.Epoch > 1 && started == 0) // the first epoch warms up
                {
                    (started, before) = (Stopwatch.GetTimestamp(), progress.Rows);
                }

                rows = progress.Rows;
            },
            cancellationToken);
        return (rows - before) / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>SUSY rows in memory.</summary>
    private sealed class Rows : IBatchSource
    {
        private readonly float[] _features;
        private readonly float[] _labels;

        public Rows(int count)
        {
            _features = new float[count * Features];
            _labels = new float[count];
            byte[] record = RecordShape.Susy.Create();
            var random = new RowRandom(0);
            for (int row = 0; row < count; row++)
            {
                Span<byte> body = record.AsSpan(RecordShape.FrameBytes);
                RecordShape.Susy.Fill(body, ref random);
                _labels[row] = BitConverter.ToSingle(body);
                System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(body)[1..].CopyTo(_features.AsSpan(row * Features));
            }
        }

        IReadOnlyList<string> IBatchSource.Features { get; } = [.. Enumerable.Range(0, Features).Select(f => $"f{f}")];

        public string Snapshot => "in memory";

        public async IAsyncEnumerable<IRowBatch> ReadBatchesAsync(int batchSize, Epoch? epoch, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            for (int row = 0; row < _labels.Length; row += batchSize)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return new Batch(this, row, Math.Min(batchSize, _labels.Length - row));
            }
        }

        private sealed class Batch(Rows source, int start, int rows) : IRowBatch
        {
            int IRowBatch.Rows => rows;

            public string State => "";

            ReadOnlySpan<float> IRowBatch.Features => source._features.AsSpan(start * Features, rows * Features);

            public ReadOnlySpan<float> Labels => source._labels.AsSpan(start, rows);

            public ulong RowId(int row) => (ulong)(start + row);

            public void Dispose()
            {
            }
        }
    }
}
