using KafkaDatasets.Benchmarks.Grounds;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>What a suite has to work with.</summary>
/// <param name="Ground">The broker.</param>
/// <param name="Settings">What was asked for.</param>
internal sealed record Bench(Ground Ground, BenchmarkSettings Settings)
{
    /// <summary>How often each contender is measured.</summary>
    public int Rounds => Settings.Rounds ?? (Settings.Quick ? 1 : 3);

    /// <summary>What the figures of a table are.</summary>
    public string Figures => Rounds == 1 ? "one run of each" : $"medians of {Rounds} alternating runs";

    /// <summary>How long each time at least.</summary>
    public double Seconds => Settings.Seconds ?? (Settings.Quick ? 0 : 1.5);

    /// <summary>How many rows a topic has, unless the command line says so.</summary>
    public long Rows(long real, long embedded, long quick) => Settings.Rows ?? (Settings.Quick ? quick : Ground.IsEmbedded ? embedded : real);

    /// <summary>The command that runs a suite again as it was run.</summary>
    public string Command(string suite) =>
        string.Concat(
            "dotnet run -c Release --project benchmarks/KafkaDatasets.Benchmarks -- --suite ",
            suite,
            string.Concat(Settings.Only.Select(o => $" --only {o}")),
            Settings.Quick ? " --quick" : "",
            Settings.UseEmbedded ? " --embedded" : "",
            Settings.BootstrapServers is { } servers ? $" --bootstrap-servers {servers}" : "",
            Settings.Rows is { } rows ? $" --rows {rows}" : "",
            Settings.Rounds is { } rounds ? $" --rounds {rounds}" : "",
            Settings.Seconds is { } seconds ? $" --seconds {seconds}" : "");
}
