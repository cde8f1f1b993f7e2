using System.Text.RegularExpressions;

namespace KafkaDatasets.Tests.Readme;

/// <summary>A page of Markdown of the repository.</summary>
internal sealed partial class Page
{
    private readonly string _text;

    private Page(string path)
    {
        Path = path;
        _text = File.ReadAllText(FullPath).ReplaceLineEndings("\n");
    }

    /// <summary>The pages: the README, the packages', those of the docs and of the samples, and what else lies at the root.</summary>
    public static IReadOnlyList<Page> All { get; } =
    [
        .. from folder in (string[])["", "docs", "samples", "src/KafkaDatasets/package", "src/KafkaDatasets.LightGbm/package", "benchmarks"]
           let root = System.IO.Path.Combine(Repository.Root, folder)
           where Directory.Exists(root)
           from file in Directory.EnumerateFiles(root, "*.md").Order(StringComparer.Ordinal)
           select new Page(System.IO.Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')),
    ];

    /// <summary>The path below the repository's root, with slashes.</summary>
    public string Path { get; }

    public string FullPath => System.IO.Path.Combine(Repository.Root, Path);

    /// <summary>The blocks in order: those between fences, and C# in comments (<c>&lt;!-- csharp … --&gt;</c>), which is compiled but not shown.</summary>
    public IEnumerable<Block> Blocks =>
        from match in BlockPattern().Matches(_text)
        let hidden = match.Groups["hidden"]
        let text = hidden.Success ? hidden : match.Groups["text"]
        select new Block(
            hidden.Success ? "csharp" : match.Groups["language"].Value,
            Unindent(text.Value, match.Groups["indent"].Length),
            _text.AsSpan(0, text.Index).Count('\n') + 1);

    /// <summary>Where links and pictures lead, outside code.</summary>
    public IEnumerable<string> Links => LinkPattern().Matches(Prose).Select(m => m.Groups["target"].Value);

    /// <summary>The anchors of headings, as GitHub and DocFX name them.</summary>
    public IEnumerable<string> Anchors => HeadingPattern().Matches(Prose).Select(m => NotInAnchors().Replace(m.Groups["title"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    private string Prose => CodePattern().Replace(BlockPattern().Replace(_text, ""), m => m.Value.StartsWith("``", StringComparison.Ordinal) ? "" : m.Value.Trim('`').Replace('[', ' ').Replace('#', ' '));

    public static Page Of(string path) => All.Single(p => p.Path == path);

    public override string ToString() => Path;

    private static string Unindent(string text, int indent) =>
        indent == 0 ? text : string.Join('\n', text.Split('\n').Select(l => l[Math.Min(indent, l.Length - l.TrimStart().Length)..]));

    [GeneratedRegex(@"^(?<indent> *)```(?<language>\w*)[^\n]*\n(?<text>.*?)^ *```|^<!-- csharp\n(?<hidden>.*?)^-->", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex BlockPattern();

    [GeneratedRegex(@"`[^`\n]+`")]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture)]
    private static partial Regex LinkPattern();

    [GeneratedRegex(@"^#{1,6} (?<title>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex HeadingPattern();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchors();

    /// <summary>A block of code.</summary>
    /// <param name="Language">The language by its fence, empty where it has none.</param>
    /// <param name="Text">The text.</param>
    /// <param name="Line">The line of the page on which the text begins.</param>
    public sealed record Block(string Language, string Text, int Line);
}
