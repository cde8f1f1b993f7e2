using Spectre.Console;

namespace KafkaDatasets.Benchmarks.Measuring;

/// <summary>Contenders measured in turn, round after round, so that whatever else the machine does hits all of them.</summary>
internal static class Race
{
    public static async Task RunAsync(IReadOnlyList<Entry> entries, int rounds, CancellationToken cancellationToken)
    {
        for (int round = 1; round <= rounds; round++)
        {
            foreach (Entry entry in entries)
            {
                Measurement measurement = await entry.MeasureAsync(cancellationToken);
                AnsiConsole.WriteLine($"  {round}/{rounds} {entry.Task.Contender,-17} {measurement.RowsPerSecond,12:N0} rows/s {measurement.ProcessorNanosecondsPerRow,9:N0} ns/row");
            }
        }
    }
}
