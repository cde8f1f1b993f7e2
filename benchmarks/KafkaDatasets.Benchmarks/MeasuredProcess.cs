using System.Diagnostics;
using System.Text.Json;
using KafkaDatasets.Benchmarks.Readers;
using KafkaDatasets.IntegrationTests.Cluster;

namespace KafkaDatasets.Benchmarks;

/// <summary>One reader in a process of its own, so that processor time and memory are its alone.</summary>
internal static class MeasuredProcess
{
    private const string Marker = "measurement: ";

    /// <summary>Starts the process and waits for its result.</summary>
    public static async Task<Measurement> StartAsync(ReadTask task, CancellationToken cancellationToken)
    {
        string program = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no path.");
        string library = typeof(MeasuredProcess).Assembly.Location;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program, [.. isHost ? [library] : Array.Empty<string>(), "measure", JsonSerializer.Serialize(task)]);
        string output = await ProcessOutput.RunAsync(start, cancellationToken);
        string line = output.Split('\n').Single(l => l.StartsWith(Marker, StringComparison.Ordinal));
        return JsonSerializer.Deserialize<Measurement>(line[Marker.Length..])!;
    }

    /// <summary>What the started process does.</summary>
    public static async Task<int> MeasureAsync(string json, CancellationToken cancellationToken)
    {
        ReadTask task = JsonSerializer.Deserialize<ReadTask>(json)!;
        await using IReader reader = await ReaderCatalog.OpenAsync(task);
        double sum = 0;
        if (task.WarmsUp)
        {
            sum = (await ReadAsync(reader, task, addsUp: true, cancellationToken)).Sum;
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        using Process self = Process.GetCurrentProcess();
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan processor = self.TotalProcessorTime;
        long started = Stopwatch.GetTimestamp();
        for (int pass = 0; pass < task.Passes; pass++)
        {
            await ReadAsync(reader, task, addsUp: false, cancellationToken);
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        self.Refresh();
        var measurement = new Measurement
        {
            Rows = task.Rows * task.Passes,
            Sum = sum,
            Seconds = elapsed.TotalSeconds,
            ProcessorSeconds = (self.TotalProcessorTime - processor).TotalSeconds,
            AllocatedBytes = GC.GetTotalAllocatedBytes(precise: true) - allocated,
            PeakResidentBytes = self.PeakWorkingSet64,
        };
        Console.WriteLine(Marker + JsonSerializer.Serialize(measurement));
        return 0;
    }

    private static async Task<(long Rows, double Sum)> ReadAsync(IReader reader, ReadTask task, bool addsUp, CancellationToken cancellationToken)
    {
        (long rows, double sum) = await reader.ReadAsync(addsUp, cancellationToken);
        return rows == task.Rows ? (rows, sum) : throw new InvalidOperationException($"{task.Reader} read {rows:N0} rows of {task.Rows:N0}.");
    }
}
