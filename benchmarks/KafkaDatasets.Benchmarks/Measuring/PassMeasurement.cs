using System.Diagnostics;
using System.Runtime;
using System.Text.Json;
using KafkaDatasets.Benchmarks.Contenders;

namespace KafkaDatasets.Benchmarks.Measuring;

/// <summary>Whole passes: some that warm up, the values of the first added up, then those that are measured.</summary>
internal static class PassMeasurement
{
    public const string Command = "measure-passes";

    /// <summary>How long passes warm up in any case, unless what is measured is shorter.</summary>
    private const double WarmUpSeconds = 3;

    /// <summary>How long they warm up at most while the runtime still compiles methods anew: on a busy machine it has compiled what is hot for the last time after five seconds or more.</summary>
    private const double MostWarmUpSeconds = 10;

    /// <summary>For how long it must have compiled nothing.</summary>
    private const double QuietSeconds = 1;

    /// <summary>Measures a contender in a process of its own.</summary>
    public static Task<Measurement> StartAsync(ContenderTask task, CancellationToken cancellationToken) =>
        ChildProcess.RunAsync<Measurement>(Command, task, cancellationToken);

    /// <summary>What that process does.</summary>
    public static async Task AnswerAsync(string json, CancellationToken cancellationToken) =>
        ChildProcess.Answer(await RunAsync(JsonSerializer.Deserialize<ContenderTask>(json)!, cancellationToken));

    /// <summary>Measures a contender in this process.</summary>
    public static async Task<Measurement> RunAsync(ContenderTask task, CancellationToken cancellationToken)
    {
        IContender[] contenders = new IContender[task.AtOnce];
        for (int i = 0; i < contenders.Length; i++)
        {
            contenders[i] = await ContenderCatalog.OpenAsync(task);
        }

        long warming = Stopwatch.GetTimestamp();
        double? sum = (await RunAsync(contenders, task, addsUp: true, cancellationToken)).Sum;
        int warmUps = 1;
        long compiled = 0;
        long compiling = warming;
        for (; IsCold(); warmUps++)
        {
            await RunAsync(contenders, task, addsUp: false, cancellationToken);
            if (JitInfo.GetCompiledMethodCount() is var now && now != compiled)
            {
                (compiled, compiling) = (now, Stopwatch.GetTimestamp());
            }
        }

        bool IsCold()
        {
            double elapsed = Stopwatch.GetElapsedTime(warming).TotalSeconds;
            return elapsed < Math.Min(task.Seconds, WarmUpSeconds)
                || (task.Seconds > QuietSeconds && elapsed < MostWarmUpSeconds && Stopwatch.GetElapsedTime(compiling).TotalSeconds < QuietSeconds);
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();

        using Process self = Process.GetCurrentProcess();
        TimeSpan processor = self.TotalProcessorTime;
        long started = Stopwatch.GetTimestamp();
        var passes = new List<Pass>();
        do
        {
            passes.Add(await RunAsync(contenders, task, addsUp: false, cancellationToken));
        }
        while (Stopwatch.GetElapsedTime(started).TotalSeconds < task.Seconds);

        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        self.Refresh();
        TimeSpan processorTaken = self.TotalProcessorTime - processor;
        foreach (IContender contender in contenders)
        {
            await contender.DisposeAsync();
        }

        return new Measurement
        {
            Rows = task.Rows * passes.Count * task.AtOnce,
            AllRows = task.Rows * (passes.Count + warmUps) * task.AtOnce,
            Sum = sum,
            Seconds = elapsed.TotalSeconds,
            ProcessorSeconds = processorTaken.TotalSeconds,
            SteadyAllocatedBytesPerRow = passes[0].SteadyAllocatedBytesPerRow is null ? null : passes.Median(p => p.SteadyAllocatedBytesPerRow ?? 0) / task.AtOnce,
            PeakResidentBytes = self.PeakWorkingSet64,
        };
    }

    /// <summary>One pass of each at the same time.</summary>
    private static async Task<Pass> RunAsync(IContender[] contenders, ContenderTask task, bool addsUp, CancellationToken cancellationToken)
    {
        Pass[] passes = [.. contenders.Select(_ => new Pass(task.Rows, addsUp))];
        await Task.WhenAll(contenders.Zip(passes, (c, p) => Task.Run(() => c.RunAsync(p, cancellationToken), cancellationToken)));
        return passes.FirstOrDefault(p => p.Rows != task.Rows) is { } wrong
            ? throw new InvalidOperationException($"{task.Contender} passed {wrong.Rows:N0} rows of {task.Rows:N0}.")
            : passes[0];
    }
}
