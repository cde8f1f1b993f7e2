using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace KafkaDatasets.Tests.Readme;

/// <summary>That pages show only what compiles, and lead only to what is there.</summary>
public sealed class PagesTests
{
    /// <summary>What every page of the docs may use without declaring it.</summary>
    public const string Preamble =
        """
        using System.Numerics.Tensors;
        using Confluent.SchemaRegistry;
        using KafkaDatasets;
        using Microsoft.Extensions.Logging;
        using Microsoft.ML;
        using Microsoft.ML.Data;

        string bootstrapServers = "localhost:9092";
        ISchemaRegistryClient registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = "http://localhost:8081" });
        CancellationToken cancellationToken = CancellationToken.None;
        var ml = new MLContext(seed: 1);
        var options = new KafkaDatasetOptions { BootstrapServers = bootstrapServers, SchemaRegistry = registry };
        """;

    public static TheoryData<string> Paths => [.. Page.All.Select(p => p.Path)];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_block_of_CSharp_compiles_after_the_ones_before_it(string path)
    {
        var page = Page.Of(path);
        IEnumerable<(string, Page.Block)> blocks = page.Blocks.Where(b => b.Language == "csharp").Select(b => (page.Path, b));
        bool isProgram = path is "README.md" or "src/KafkaDatasets/package/README.md";
        if (!isProgram)
        {
            blocks = blocks.Prepend(("preamble", new Page.Block("csharp", Preamble, 1)));
        }

        Assert.Empty(new SnippetProgram(blocks, isFlat: isProgram).Faults());
    }

    /// <summary>A type before other statements is an error (CS8803), and so is a directive after them.</summary>
    [Fact]
    public void Blocks_of_the_first_page_are_a_program_as_they_are_pasted()
    {
        CompilationUnitSyntax[] blocks = [.. Page.Of("docs/get-started.md").Blocks.Where(b => b.Language == "csharp").Select(b => SyntaxFactory.ParseCompilationUnit(b.Text))];

        Assert.All(blocks, block => Assert.Single(block.Members.Select(m => m is GlobalStatementSyntax).DefaultIfEmpty(true).Distinct()));
        Assert.All(blocks[1..], block => Assert.Empty(block.Usings));
    }

    [Fact]
    public void What_pages_do_not_declare_is_in_the_index() =>
        Assert.Equal(Preamble.ReplaceLineEndings("\n"), Page.Of("docs/README.md").Blocks.First(b => b.Language == "csharp").Text.TrimEnd());

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_block_says_its_language(string path) =>
        Assert.All(Page.Of(path).Blocks, block => Assert.Contains(block.Language, (string[])["csharp", "sh", "json", "xml", "text", "yaml", "protobuf", "sql", "ini"]));

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_relative_link_leads_to_a_file_and_a_heading(string path)
    {
        var page = Page.Of(path);
        string[] broken = [.. page.Links.Where(link => !Uri.TryCreate(link, UriKind.Absolute, out _) && !Exists(page, link))];

        Assert.Empty(broken);
    }

    [Fact]
    public void Every_page_of_the_docs_is_in_their_index_and_in_the_contents_of_the_site()
    {
        string[] pages = [.. Page.All.Select(p => p.Path).Where(p => p.StartsWith("docs/", StringComparison.Ordinal) && p != "docs/README.md").Select(p => p["docs/".Length..])];
        string[] contents = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "site", "guide", "toc.yml"));

        Assert.NotEmpty(pages);
        Assert.All(pages, page => Assert.Contains(page, Page.Of("docs/README.md").Links));
        Assert.All(pages, page => Assert.Single(contents, line => line.Trim() == $"href: {page}"));
    }

    [Fact]
    public void Api_reference_has_every_package()
    {
        string site = File.ReadAllText(Path.Combine(Repository.Root, "docs", "site", "docfx.json"));

        Assert.All(Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src")), package => Assert.Contains($"\"{Path.GetFileName(package)}.dll\"", site));
    }

    [Fact]
    public void Readme_of_the_package_has_absolute_links_alone_and_each_leads_to_a_file_of_the_repository()
    {
        string project = File.ReadAllText(Path.Combine(Repository.Root, "src", "KafkaDatasets", "KafkaDatasets.csproj"));
        string home = Regex.Match(project, "<PackageProjectUrl>https://github.com/(.*)</PackageProjectUrl>").Groups[1].Value;
        string[] prefixes = [$"https://github.com/{home}/blob/main/", $"https://github.com/{home}/tree/main/", $"https://raw.githubusercontent.com/{home}/main/"];

        Assert.All(Page.Of("src/KafkaDatasets/package/README.md").Links.Where(l => l != $"https://github.com/{home}/issues"), link =>
        {
            string prefix = Assert.Single(prefixes, p => link.StartsWith(p, StringComparison.Ordinal));
            Assert.True(Path.Exists(Path.Combine(Repository.Root, link[prefix.Length..])), link);
        });
    }

    [Fact]
    public void First_program_is_the_sample_QuickStart()
    {
        string sample = File.ReadAllText(Path.Combine(Repository.Root, "samples", "QuickStart", "Program.cs")).ReplaceLineEndings("\n");

        Assert.All((string[])["README.md", "src/KafkaDatasets/package/README.md"], path => Assert.Equal(sample, Page.Of(path).Blocks.First(b => b.Language == "csharp").Text));
        Assert.Equal(sample, Page.Of("README.md").Blocks.First().Text);
    }

    [Fact]
    public void Commands_of_the_readme_are_run_by_the_CI_script_but_those_that_make_a_project()
    {
        string script = File.ReadAllText(Path.Combine(Repository.Root, ".ci", "run"));
        string[][] blocks = [.. Page.Of("README.md").Blocks.Where(b => b.Language == "sh").Select(b => b.Text.Trim().Split('\n'))];

        Assert.Equal(2, blocks.Length);
        Assert.StartsWith("dotnet new console", blocks[0][0], StringComparison.Ordinal);   // PackageTests runs these
        Assert.Equal(2, blocks[1].Length);
        Assert.All(blocks[1], command => Assert.Contains(command.Split("#")[0].Trim(), script));
    }

    private static bool Exists(Page page, string link)
    {
        string[] parts = link.Split('#', 2);
        string file = parts[0].Length == 0 ? page.FullPath : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page.FullPath)!, parts[0]));
        if (!Path.Exists(file))
        {
            return false;
        }

        string path = Path.GetRelativePath(Repository.Root, file).Replace('\\', '/');
        return parts.Length == 1 || Page.All.SingleOrDefault(p => p.Path == path) is not { } target || target.Anchors.Contains(parts[1]);
    }
}
