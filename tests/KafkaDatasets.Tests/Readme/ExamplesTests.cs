using System.Xml.Linq;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace KafkaDatasets.Tests.Readme;

/// <summary>That the examples of the XML docs compile.</summary>
public sealed class ExamplesTests
{
    /// <summary>What examples may use besides what pages may.</summary>
    private const string Preamble =
        """
        IEnumerable<bool> errors = [];
        KafkaDataset dataset = null!;
        TensorBatch batch = null!;
        IDataView scored = null!;
        """;

    private const string Payment = "public sealed record Payment(float Amount, int Items, bool IsFraud);";

    private static readonly Dictionary<string, string[]> Examples =
        (from member in XDocument.Load(Path.ChangeExtension(typeof(KafkaDataset).Assembly.Location, ".xml")).Descendants("member")
         where member.Elements("example").Any()
         select member).ToDictionary(m => (string)m.Attribute("name")!, m => m.Elements("example").Descendants("code").Select(c => c.Value).ToArray());

    public static TheoryData<string> Members => [.. Examples.Keys];

    [Theory]
    [MemberData(nameof(Members))]
    public void Example_compiles(string member)
    {
        Assert.NotEmpty(Examples[member]);
        string[] examples = [.. Examples[member].Select(Statements)];
        IEnumerable<string> texts = [PagesTests.Preamble, Preamble, examples.Any(e => e.Contains("class Payment", StringComparison.Ordinal)) ? "" : Payment, .. examples];

        Assert.Empty(new SnippetProgram(texts.Select(t => (member, new Page.Block("csharp", t, 1))), isFlat: false).Faults());
    }

    /// <summary>An assignment alone is one of the options; another expression alone is a statement, whose value nobody needs.</summary>
    private static string Statements(string code) => SyntaxFactory.ParseExpression(code) switch
    {
        { ContainsDiagnostics: true } => code,
        InvocationExpressionSyntax => $"{code};",
        AssignmentExpressionSyntax => $"_ = options with {{ {code} }};",
        _ => $"_ = {code};",
    };
}
