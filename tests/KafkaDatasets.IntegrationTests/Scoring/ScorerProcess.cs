using System.Diagnostics;
using System.Globalization;

namespace KafkaDatasets.IntegrationTests.Scoring;

/// <summary>A member of a scorers' group as a process of its own, which can be killed and stalled.</summary>
internal sealed class ScorerProcess : IDisposable
{
    public const string Variable = "KAFKADATASETS_SCORER";

    private readonly Process _process;

    private ScorerProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, e) => HasJoined |= e.Data?.Contains(ScorerProcessTests.Joined, StringComparison.Ordinal) == true;
        _process.ErrorDataReceived += (_, _) => { };
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Whether it has been assigned partitions.</summary>
    public bool HasJoined { get; private set; }

    public bool HasExited => _process.HasExited;

    public static ScorerProcess Start(string servers, ScoredTopic topic, string version, TimeSpan commit, TimeSpan transaction, string? instance = null, string protocol = "classic", Delivery delivery = Delivery.ExactlyOnce) => new(new Process
    {
        StartInfo = new ProcessStartInfo(Environment.ProcessPath!, [.. Self(), "-method", $"{typeof(ScorerProcessTests).FullName}.{nameof(ScorerProcessTests.Score)}", "-explicit", "only"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                [Variable] = string.Join(' ', servers, topic.Input, topic.Output, version, commit.TotalMilliseconds.ToString(CultureInfo.InvariantCulture), transaction.TotalMilliseconds.ToString(CultureInfo.InvariantCulture), instance ?? "-", protocol, topic.DeadLetters ?? "-", delivery),
                ["DOTNET_TieredPGO"] = "0",
            },
        },
    });

    /// <summary>Stops all of its threads (SIGSTOP), or lets them go on (SIGCONT).</summary>
    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private static string[] Self() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(ScorerProcess).Assembly.Location] : [];
}
