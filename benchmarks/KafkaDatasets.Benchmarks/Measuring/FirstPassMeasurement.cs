using System.Diagnostics;
using System.Runtime;
using System.Text.Json;
using KafkaDatasets.Benchmarks.Contenders;

namespace KafkaDatasets.Benchmarks.Measuring;

/// <summary>Opening and the first pass in a new process, where everything is still to be compiled.</summary>
internal static class FirstPassMeasurement
{
    public const string Command = "measure-first-pass";

    /// <summary>Measures a contender in a process of its own.</summary>
    public static Task<FirstPass> StartAsync(ContenderTask task, CancellationToken cancellationToken) =>
        ChildProcess.RunAsync<FirstPass>(Command, task, cancellationToken);

    /// <summary>What that process does.</summary>
    public static async Task AnswerAsync(string json, CancellationToken cancellationToken)
    {
        ContenderTask task = JsonSerializer.Deserialize<ContenderTask>(json)!;
        using Process self = Process.GetCurrentProcess();
        TimeSpan processor = self.TotalProcessorTime;
        (long methods, TimeSpan compiling) = (JitInfo.GetCompiledMethodCount(), JitInfo.GetCompilationTime());
        long started = Stopwatch.GetTimestamp();
        var pass = new Pass(task.Rows, addsUp: false);
        await using IContender contender = await ContenderCatalog.OpenAsync(task);
        double opening = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await Task.Run(() => contender.RunAsync(pass, cancellationToken), cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        self.Refresh();
        ChildProcess.Answer(new FirstPass(
            seconds,
            opening,
            (self.TotalProcessorTime - processor).TotalSeconds,
            (JitInfo.GetCompilationTime() - compiling).TotalSeconds,
            JitInfo.GetCompiledMethodCount() - methods));
    }
}
