using System.Runtime.InteropServices;

namespace KafkaDatasets.Benchmarks.Reports;

/// <summary>The results of all suites in one Markdown file, a section each; a suite that runs again replaces its own.</summary>
internal static class ResultsFile
{
    private const string Head = "## ";

    private const string Preface =
        """
        # Results

        All figures are measured by [KafkaDatasets.Benchmarks](KafkaDatasets.Benchmarks); each section gives the command. With `KAFKA_HOME` set to an Apache Kafka download,
        it starts its own broker on the same machine, which shares the cores with the reader. So compare figures only within a table. `--help` describes all options.


        """;

    /// <summary>Puts a section into a file, which need not exist.</summary>
    /// <param name="path">The file.</param>
    /// <param name="title">The section's title.</param>
    /// <param name="command">What was run.</param>
    /// <param name="tables">What came out.</param>
    /// <param name="titles">The titles of all sections, in the order of the file.</param>
    public static async Task ReplaceAsync(string path, string title, string command, IEnumerable<ResultTable> tables, IReadOnlyList<string> titles)
    {
        Dictionary<string, string> sections = File.Exists(path) ? Split(await File.ReadAllTextAsync(path)) : [];
        sections[title] =
            $"""
            {Head}{title}

            {TimeProvider.System.GetUtcNow():yyyy-MM-dd}, {RuntimeInformation.FrameworkDescription}, {Environment.ProcessorCount} cores ({RuntimeInformation.ProcessArchitecture}), {RuntimeInformation.OSDescription}:

                {command}

            {string.Join('\n', tables.Select(t => t.ToMarkdown()))}

            """;
        await File.WriteAllTextAsync(path, Preface + string.Concat(titles.Where(sections.ContainsKey).Select(t => sections[t])).TrimEnd() + "\n");
    }

    private static Dictionary<string, string> Split(string text)
    {
        string[] parts = ("\n" + text).Split("\n" + Head);
        return parts.Skip(1).ToDictionary(p => p[..p.IndexOf('\n')], p => Head + p.TrimEnd() + "\n\n");
    }
}
