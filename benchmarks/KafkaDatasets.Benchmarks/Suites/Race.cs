using KafkaDatasets.Benchmarks.Measuring;
using Spectre.Console;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>Contenders measured in turn, round after round, so that whatever else the machine does hits all of them.</summary>
internal static class Race
{
    /// <param name="bench">What to measure by.</param>
    /// <param name="entries">The contenders.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="startsOne">Whether the first contender has a process of its own in a quick run, too.</param>
    public static async Task RunAsync(Bench bench, IReadOnlyList<Entry> entries, CancellationToken cancellationToken, bool startsOne = true)
    {
        for (int round = 1; round <= bench.Rounds; round++)
        {
            foreach (Entry entry in entries)
            {
                // Starting processes would be most of a quick run: there one of each race has to do.
                bool startsProcess = !bench.Settings.Quick || (startsOne && entry == entries[0]);
                Measurement measurement = await entry.MeasureAsync(startsProcess, cancellationToken);
                AnsiConsole.WriteLine($"  {round}/{bench.Rounds} {entry.Task.Contender,-17} {measurement.RowsPerSecond,12:N0} rows/s {measurement.ProcessorNanosecondsPerRow,9:N0} ns/row {measurement.SteadyAllocatedBytesPerRow,9:0.00} B/row");
            }
        }
    }
}
