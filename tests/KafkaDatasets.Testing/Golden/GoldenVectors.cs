using System.Text.Json;
using Xunit;

namespace KafkaDatasets.Testing.Golden;

/// <summary>
/// The vectors of <c>vectors.jsonl</c> in <c>GOLDEN_HOME</c> (by default <c>../shared/golden</c> beside the repository).
/// Where there are none, theories over them have one row, whose test is skipped.
/// </summary>
internal static class GoldenVectors
{
    private const string None = "none";
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);
    private static readonly Lazy<IReadOnlyList<GoldenVector>> Loaded = new(Load);

    public static IReadOnlyList<GoldenVector> All => Loaded.Value;

    /// <summary>Theory data: the keys of the vectors of a format, for <see cref="Get"/>.</summary>
    public static TheoryData<string> Keys(string format) =>
        OrNone(All.Select((vector, index) => (vector, index)).Where(v => v.vector.Format == format).Select(v => $"{v.index} {v.vector.Name} {v.vector.Framing}"));

    /// <summary>Theory data: the topics of formats, for <see cref="OfTopic"/>.</summary>
    public static TheoryData<string> Topics(params string[] formats) =>
        OrNone(All.Where(v => formats.Contains(v.Format)).Select(v => v.Topic).Distinct());

    public static GoldenVector Get(string key)
    {
        Require(key);
        return All[int.Parse(key.Split(' ')[0])];
    }

    public static IReadOnlyList<GoldenVector> OfTopic(string topic)
    {
        Require(topic);
        return [.. All.Where(v => v.Topic == topic)];
    }

    private static void Require(string key)
    {
        if (key == None)
        {
            Requirement.Missing("No golden vectors. Set GOLDEN_HOME to the folder with vectors.jsonl, messages that Confluent's serializers wrote.");
        }
    }

    private static TheoryData<string> OrNone(IEnumerable<string> keys) => [.. keys.DefaultIfEmpty(None)];

    private static List<GoldenVector> Load()
    {
        string? folder = Environment.GetEnvironmentVariable("GOLDEN_HOME");
        string file = Path.Combine(string.IsNullOrEmpty(folder) ? Path.Combine(Repository.Root, "..", "shared", "golden") : folder, "vectors.jsonl");
        return File.Exists(file)
            ? [.. File.ReadLines(file).Select(line => JsonSerializer.Deserialize<GoldenVector>(line, Options)!)]
            : [];
    }
}
