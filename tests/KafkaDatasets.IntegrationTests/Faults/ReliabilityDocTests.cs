using System.Text.RegularExpressions;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>The tests that <c>docs/reliability.md</c> and <c>SECURITY.md</c> name are there.</summary>
public sealed partial class ReliabilityDocTests
{
    [Theory]
    [InlineData("docs/reliability.md", 60)]
    [InlineData("SECURITY.md", 1)]
    public void Named_tests_exist(string document, int least)
    {
        Dictionary<string, string> sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .GroupBy(file => Path.GetFileNameWithoutExtension(file)!)
            .ToDictionary(g => g.Key, g => string.Concat(g.Select(File.ReadAllText)));
        Match[] named = [.. TestName().Matches(File.ReadAllText(Path.Combine(Repository.Root, document))).Cast<Match>()];

        Assert.True(named.Length >= least, $"{named.Length} tests are named");
        Assert.DoesNotContain(named, m => !sources.TryGetValue(m.Groups[1].Value, out string? source) || !Regex.IsMatch(source, $@"(Task|void) {m.Groups[2].Value}\("));
    }

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();
}
