using System.Text.Json;
using Xunit;

namespace KafkaDatasets.Tests.Monitoring;

/// <summary>What known implementations find in given streams and samples, in <c>GOLDEN_DRIFT_HOME</c> (by default <c>../shared/golden-drift</c> beside the repository).</summary>
internal static class Golden
{
    private const string None = "none";

    public static IReadOnlyList<JsonElement> Lines(string name)
    {
        string? folder = Environment.GetEnvironmentVariable("GOLDEN_DRIFT_HOME");
        string file = Path.Combine(string.IsNullOrEmpty(folder) ? Path.Combine(Repository.Root, "..", "shared", "golden-drift") : folder, name);
        return File.Exists(file) ? [.. File.ReadLines(file).Select(line => JsonDocument.Parse(line).RootElement)] : [];
    }

    /// <summary>Theory data; one row, whose test is skipped, where there are no files.</summary>
    public static TheoryData<string> OrNone(IEnumerable<string> names) => [.. names.DefaultIfEmpty(None)];

    public static void Require(string name)
    {
        if (name == None)
        {
            Requirement.Missing("No golden drift streams. Set GOLDEN_DRIFT_HOME to the folder with detectors.jsonl and distances.jsonl, results of scikit-multiflow and SciPy.");
        }
    }
}
