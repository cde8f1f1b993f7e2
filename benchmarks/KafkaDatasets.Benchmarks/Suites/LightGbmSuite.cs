using System.Net;
using System.Net.Sockets;
using KafkaDatasets.Benchmarks.Contenders;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Measuring;
using KafkaDatasets.Benchmarks.Reports;
using KafkaDatasets.Benchmarks.Topics;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>LightGBM from a topic: this library's trainer, by one rank and by two, against ML.NET's own trainer on the view of the same rows.</summary>
internal sealed class LightGbmSuite : ISuite
{
    private const int MLNet = 0;

    public string Name => "lightgbm";

    public string Title => "LightGBM";

    public string? Lacks(Ground ground) => null;

    public async Task<IReadOnlyList<ResultTable>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        long rows = bench.Rows(real: 1_000_000, embedded: 300_000, quick: 60_000);
        int trees = bench.Settings.Quick ? 2 : 20;
        using BenchmarkTopic topic = await BenchmarkTopic.FillAsync(bench.Ground, new TopicShape(), rows, cancellationToken);
        ContenderTask task = topic.TaskFor("lightgbm", rows);
        (string Name, int World)[] trainers = [("ML.NET's LightGBM trainer, from the `IDataView`", MLNet), ("`LightGbmTrainer`, 1 rank", 1), ("`LightGbmTrainer`, 2 ranks on this machine", 2)];
        var loading = trainers.ToDictionary(t => t.World, _ => new List<LightGbmTimes>());
        var training = trainers.ToDictionary(t => t.World, _ => new List<LightGbmTimes>());
        for (int round = 0; round < bench.Rounds; round++)
        {
            foreach ((_, int world) in trainers)
            {
                loading[world].Add(await TrainAsync(task, world, 1, cancellationToken));
                training[world].Add(await TrainAsync(task, world, trees, cancellationToken));
            }
        }

        var table = new ResultTable(
            $"{rows:N0} rows of {RecordShape.Susy.Bytes} bytes with 18 features, {bench.Ground.Broker}; trees of 31 leaves, one thread of LightGBM in each process. Loading is a training of one tree, from the call to the model, after another one in the same process. " +
            $"With 2 ranks, CPU is that of both, and memory that of the larger process. Figures: {bench.Figures}.",
            ["trainer", "loading, rows/s", "CPU ns/row", $"{trees} trees, s", "peak MB"]);
        foreach ((string name, int world) in trainers)
        {
            table.Add(
                name,
                $"{rows / loading[world].Median(t => t.Seconds):N0}",
                $"{loading[world].Median(t => t.ProcessorSeconds) * 1e9 / rows:N0}",
                $"{training[world].Median(t => t.Seconds):0.0}",
                $"{training[world].Median(t => t.PeakResidentBytes) / 1e6:N0}");
        }

        return [table];
    }

    private static async Task<LightGbmTimes> TrainAsync(ContenderTask task, int world, int trees, CancellationToken cancellationToken)
    {
        string coordinator = FreeEndpoint();
        LightGbmTimes[] ranks = await Task.WhenAll(Enumerable.Range(0, Math.Max(1, world)).Select(rank => LightGbmMeasurement.StartAsync(new LightGbmTask(task, world, rank, coordinator, trees), cancellationToken)));
        return new LightGbmTimes(ranks.Max(r => r.Seconds), ranks.Sum(r => r.ProcessorSeconds), ranks.Max(r => r.PeakResidentBytes));
    }

    private static string FreeEndpoint()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener.LocalEndpoint.ToString()!;
    }
}
