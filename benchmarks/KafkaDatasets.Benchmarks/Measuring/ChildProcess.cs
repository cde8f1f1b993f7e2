using System.Diagnostics;
using System.Text.Json;

namespace KafkaDatasets.Benchmarks.Measuring;

/// <summary>Measures in a process of its own, so that processor time and memory are the contender's alone.</summary>
internal static class ChildProcess
{
    private const string Marker = "result: ";

    /// <summary>Starts this program with a hidden command, and gives what it answers.</summary>
    public static async Task<TResult> RunAsync<TResult>(string command, object task, CancellationToken cancellationToken)
    {
        string program = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no path.");
        string library = typeof(ChildProcess).Assembly.Location;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program, [.. isHost ? [library] : Array.Empty<string>(), command, JsonSerializer.Serialize(task)]);
        string output = await ProcessOutput.RunAsync(start, cancellationToken);
        string line = output.Split('\n').Single(l => l.StartsWith(Marker, StringComparison.Ordinal));
        return JsonSerializer.Deserialize<TResult>(line[Marker.Length..])!;
    }

    /// <summary>The answer of the started process.</summary>
    public static void Answer(object result) => Console.WriteLine(Marker + JsonSerializer.Serialize(result));
}
