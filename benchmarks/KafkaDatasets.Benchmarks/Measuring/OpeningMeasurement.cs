using System.Diagnostics;
using System.Text.Json;
using KafkaDatasets.Benchmarks.Contenders;

namespace KafkaDatasets.Benchmarks.Measuring;

/// <summary>How soon the first row is there: connections, metadata, offsets, schema, the first fetch.</summary>
internal static class OpeningMeasurement
{
    public const string Command = "measure-openings";
    private const int Openings = 21;

    /// <summary>Measures a contender in a process of its own.</summary>
    public static Task<OpeningTimes> StartAsync(ContenderTask task, CancellationToken cancellationToken) =>
        ChildProcess.RunAsync<OpeningTimes>(Command, task, cancellationToken);

    /// <summary>What that process does.</summary>
    public static async Task AnswerAsync(string json, CancellationToken cancellationToken)
    {
        ContenderTask task = JsonSerializer.Deserialize<ContenderTask>(json)!;
        var times = new List<(double Open, double FirstRow)>();
        for (int i = 0; i < Openings; i++)
        {
            long started = Stopwatch.GetTimestamp();
            await using IContender contender = await ContenderCatalog.OpenAsync(task);
            double open = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var pass = new Pass(task.Rows, addsUp: false) { OnFirst = enough.Cancel };
            try
            {
                await Task.Run(() => contender.RunAsync(pass, enough.Token), cancellationToken);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The first row is all that was wanted.
            }

            times.Add((open, pass.UntilFirst.TotalMilliseconds));
        }

        ChildProcess.Answer(new OpeningTimes(
            times[0].Open + times[0].FirstRow,
            times.Skip(1).Median(t => t.Open),
            times.Skip(1).Median(t => t.FirstRow)));
    }
}
