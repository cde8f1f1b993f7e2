using System.Reflection;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KafkaDatasets.Tests.Readme;

/// <summary>
/// The C# of a page as one program: the blocks in order, each knowing what the ones before it declare.
/// Directives come first and types last, wherever a block has them, as the compiler wants it.
/// </summary>
internal sealed class SnippetProgram
{
    /// <summary>What a project made by <c>dotnet new console</c> has without a line of code.</summary>
    private const string ImplicitUsings =
        """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.Latest);
    private static readonly Lazy<IReadOnlyList<MetadataReference>> References = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is not "KafkaDatasets.Tests.dll")
            .Select(path => MetadataReference.CreateFromFile(path)),
    ]);

    private readonly CSharpCompilation _compilation;

    /// <summary>Puts the blocks together.</summary>
    /// <param name="blocks">The blocks, with the name of the page that each is of.</param>
    /// <param name="isFlat">Whether all blocks share one scope; else each is in the scope of the one before it, and may give a name anew.</param>
    public SnippetProgram(IEnumerable<(string Page, Page.Block Block)> blocks, bool isFlat)
    {
        var usings = new StringBuilder();
        var body = new StringBuilder();
        var types = new StringBuilder();
        int open = 0;
        foreach ((string page, Page.Block block) in blocks)
        {
            CompilationUnitSyntax unit = SyntaxFactory.ParseCompilationUnit(block.Text, options: Parsing);
            if (!isFlat)
            {
                body.AppendLine($"await Block{open}(); async Task Block{open}() {{ await Task.CompletedTask;");
                open++;
            }

            foreach (SyntaxNode node in unit.Usings.Concat<SyntaxNode>(unit.Members))
            {
                int line = block.Line + node.SyntaxTree.GetLineSpan(node.FullSpan).StartLinePosition.Line;
                (node switch { UsingDirectiveSyntax => usings, GlobalStatementSyntax => body, _ => types })
                    .AppendLine().AppendLine($"#line {line} \"{page}\"").Append(node.ToFullString());
            }

            // What the parser could not read is in no node; it is said with the block's own lines.
            Unreadable.AddRange(unit.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error)
                .Select(d => $"{page}({block.Line + d.Location.GetLineSpan().StartLinePosition.Line}): {d.Id}: {d.GetMessage()}"));
        }

        body.AppendLine().AppendLine("#line hidden").Append('}', open).AppendLine();
        _compilation = CSharpCompilation.Create(
            $"Snippets.{Guid.NewGuid():N}",
            [CSharpSyntaxTree.ParseText(ImplicitUsings, Parsing), CSharpSyntaxTree.ParseText($"{usings}{body}{types}", Parsing, encoding: Encoding.UTF8)],
            References.Value,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable, allowUnsafe: false));
    }

    private List<string> Unreadable { get; } = [];

    /// <summary>What the compiler complains about: errors, and members that are obsolete.</summary>
    public IEnumerable<string> Faults() =>
    [
        .. Unreadable,
        .. _compilation.GetDiagnostics()
            .Where(d => d.Severity == DiagnosticSeverity.Error || d.Id is "CS0618" or "CS0612")
            .Select(d => $"{d.Location.GetMappedLineSpan()}: {d.Id}: {d.GetMessage(System.Globalization.CultureInfo.InvariantCulture)}"),
    ];

    /// <summary>Runs the program; what it throws is thrown.</summary>
    public async Task RunAsync()
    {
        using var stream = new MemoryStream();
        if (!_compilation.Emit(stream).Success)
        {
            throw new InvalidOperationException(string.Join('\n', Faults()));
        }

        MethodInfo main = Assembly.Load(stream.ToArray()).EntryPoint!.DeclaringType!.GetMethod("<Main>$", BindingFlags.NonPublic | BindingFlags.Static)!;
        await (Task)main.Invoke(null, [Array.Empty<string>()])!;
    }
}
