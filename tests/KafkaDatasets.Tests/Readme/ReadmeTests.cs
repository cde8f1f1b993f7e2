using System.Text.RegularExpressions;
using Xunit;

namespace KafkaDatasets.Tests.Readme;

/// <summary>That the README shows only what runs.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    [Fact]
    public void Every_block_of_CSharp_is_a_region_of_the_examples_that_are_run()
    {
        string source = File.ReadAllText(Path.Combine(Repository.Root, "tests", "KafkaDatasets.Tests", "Readme", $"{nameof(ReadmeExamples)}.cs"));
        string[] regions = [.. Region().Matches(source).Select(m => Unindent(m.Groups[1].Value))];
        string[] blocks = [.. Block().Matches(Readme).Where(m => m.Groups[1].Value == "csharp").Select(m => m.Groups[2].Value.TrimEnd())];

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.Contains(block, regions));
        Assert.Equal(regions.Order(), blocks.Order());
    }

    [Fact]
    public void Every_other_block_is_run_by_the_CI_script()
    {
        string script = File.ReadAllText(Path.Combine(Repository.Root, ".ci", "run"));
        string[] commands = [.. Block().Matches(Readme).Where(m => m.Groups[1].Value == "sh").SelectMany(m => m.Groups[2].Value.Trim().Split('\n'))];

        Assert.NotEmpty(commands);
        Assert.All(commands, command => Assert.Contains(command.Split("#")[0].Trim(), script));
        Assert.All(Block().Matches(Readme), m => Assert.Contains(m.Groups[1].Value, (string[])["csharp", "sh"]));
    }

    [Fact]
    public void Every_relative_link_leads_to_a_file()
    {
        string[] targets = [.. Link().Matches(Readme).Select(m => m.Groups[1].Value).Where(t => !t.StartsWith("http", StringComparison.Ordinal) && !t.StartsWith('#'))];

        Assert.All(targets, target => Assert.True(Path.Exists(Path.Combine(Repository.Root, target)), target));
    }

    private static string Unindent(string text)
    {
        string[] lines = text.TrimEnd().Split('\n');
        int indent = lines.Where(l => l.Trim().Length > 0).Min(l => l.Length - l.TrimStart().Length);
        return string.Join('\n', lines.Select(l => l.Length >= indent ? l[indent..] : "")).TrimEnd();
    }

    [GeneratedRegex(@"^ *#region \w+\n(.*?)^ *#endregion", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Region();

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\]\(([^)]+)\)")]
    private static partial Regex Link();
}
