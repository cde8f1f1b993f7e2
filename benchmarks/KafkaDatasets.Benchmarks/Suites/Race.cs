using KafkaDatasets.Benchmarks.Measuring;
using Spectre.Console;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>Contenders measured in turn, round after round, so that whatever else the machine does hits all of them.</summary>
internal static class Race
{
    public static async Task RunAsync(Bench bench, IReadOnlyList<Entry> entries, CancellationToken cancellationToken)
    {
        for (int round = 1; round <= bench.Rounds; round++)
        {
            foreach (Entry entry in entries)
            {
                // Starting processes would be most of a quick run: there one of each race has to do.
                bool startsProcess = !bench.Settings.Quick || entry == entries[0];
                Measurement measurement = await entry.MeasureAsync(startsProcess, cancellationToken);
                AnsiConsole.WriteLine($"  {round}/{bench.Rounds} {entry.Task.Contender,-17} {measurement.RowsPerSecond,12:N0} rows/s {measurement.ProcessorNanosecondsPerRow,9:N0} ns/row");
            }
        }
    }
}
