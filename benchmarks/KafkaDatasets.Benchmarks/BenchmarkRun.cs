using System.Diagnostics;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Micro;
using KafkaDatasets.Benchmarks.Reports;
using KafkaDatasets.Benchmarks.Suites;
using Spectre.Console;

namespace KafkaDatasets.Benchmarks;

/// <summary>One run: a broker, and one suite after the other on it.</summary>
internal static class BenchmarkRun
{
    private static readonly ISuite[] All = [new SpeedSuite(), new FormatsSuite(), new ShapesSuite(), new ScalingSuite(), new ProcessesSuite(), new TrainingSuite(), new NetworkSuite(), new LightGbmSuite(), new WritingSuite(), new TlsSuite(), new TieredSuite(), new MonitoringSuite(), new LiveSuite(), new ScoringSuite()];

    public static IReadOnlyList<string> Suites { get; } = [.. All.Select(s => s.Name), MicroSuite.Name];

    public static async Task<int> RunAsync(BenchmarkSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Suites is [MicroSuite.Name])
        {
            return MicroSuite.Run(settings.Quick, settings.Only);
        }

        using Ground ground = await Ground.StartAsync(settings, cancellationToken);
        var bench = new Bench(ground, settings);
        foreach (ISuite suite in All.Where(s => settings.Suites.Count == 0 || settings.Suites.Contains(s.Name)))
        {
            if (suite.Lacks(ground) is { } lack)
            {
                AnsiConsole.WriteLine($"{suite.Name} needs {lack}.");
                if (settings.Suites.Count > 0)
                {
                    return 1;
                }

                continue;
            }

            long started = Stopwatch.GetTimestamp();
            AnsiConsole.WriteLine($"{suite.Name}, on {ground.Broker}");
            IReadOnlyList<ResultTable> tables = await suite.RunAsync(bench, cancellationToken);
            foreach (ResultTable table in tables)
            {
                table.Write(AnsiConsole.Console);
            }

            AnsiConsole.WriteLine($"{suite.Name}: {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s\n");
            if (settings.Markdown is { } file)
            {
                await ResultsFile.ReplaceAsync(file, suite.Title, bench.Command(suite.Name), tables, [.. All.Select(s => s.Title)]);
            }
        }

        return 0;
    }
}
