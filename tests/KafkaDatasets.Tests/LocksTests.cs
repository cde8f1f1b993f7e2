using System.Text.RegularExpressions;
using Xunit;

namespace KafkaDatasets.Tests;

/// <summary>The table of locks in ARCHITECTURE.md names each class that takes one.</summary>
public sealed partial class LocksTests
{
    [Fact]
    public void The_table_has_every_lock_and_no_other()
    {
        string[] takers =
        [
            .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
                .Where(file => File.ReadLines(file).Any(line => Lock().IsMatch(line)))
                .Select(file => Path.GetFileNameWithoutExtension(file))
                .Order(StringComparer.Ordinal),
        ];
        string table = File.ReadAllText(Path.Combine(Repository.Root, "ARCHITECTURE.md")).Split("\n## Locks")[1].Split("\n## ")[0];
        Assert.Equal(takers, Row().Matches(table).SelectMany(row => Name().Matches(row.Value)).Select(name => name.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^\s*lock \(")]
    private static partial Regex Lock();

    /// <summary>The first cell of a row of the table.</summary>
    [GeneratedRegex(@"^\| `[^|]*\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([A-Za-z0-9]+)`")]
    private static partial Regex Name();
}
