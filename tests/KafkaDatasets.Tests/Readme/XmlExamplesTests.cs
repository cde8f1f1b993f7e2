using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace KafkaDatasets.Tests.Readme;

/// <summary>That the examples in the XML docs compile, and that the members which people start with have one.</summary>
public sealed partial class XmlExamplesTests
{
    /// <summary>What an example may use without declaring it.</summary>
    private const string Preamble =
        """
        using Confluent.SchemaRegistry;
        using KafkaDatasets;
        using KafkaDatasets.LightGbm;
        using Microsoft.ML;
        using Microsoft.ML.Data;

        string bootstrapServers = "localhost:9092";
        ISchemaRegistryClient registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = "http://localhost:8081" });
        CancellationToken cancellationToken = CancellationToken.None;
        var ml = new MLContext(seed: 1);
        var options = new KafkaDatasetOptions { BootstrapServers = bootstrapServers, SchemaRegistry = registry };
        KafkaDataset dataset = null!;
        IDataView scored = null!;
        bool[] errors = [];
        object glueClient = new();
        TensorBatch batch = null!;
        LightGbmModel model = null!;
        """;

    private const string Types =
        """
        public sealed record Payment(float Amount, int Items, bool IsFraud);
        public sealed class MyGlueSchemas(object client) : ISchemaResolver
        {
            public ValueTask<ResolvedSchema?> ResolveAsync(WriterSchemaId id, CancellationToken cancellationToken) => throw new NotSupportedException($"{client}");
        }
        """;

    /// <summary>The members that people start with: each is shown by the example of the member or of its type.</summary>
    private static readonly (string Type, string Member)[] Starting =
    [
        ("KafkaDataView", "FromTopic("), ("KafkaDataView", "FromTopic<"), ("KafkaLoadExtensions", "LoadFromKafka("), ("KafkaLoadExtensions", "CreateKafkaLoader("), ("KafkaDataset", "OpenAsync("),
        ("KafkaDataset", "ReadBatchesAsync("), ("KafkaDataset", "ToDataView("), ("KafkaSaveExtensions", "SaveToKafka("), ("KafkaRecordWriter`1", "OpenAsync("), ("KafkaRecordWriter`1", "WriteAsync("),
        ("EmbeddedKafka", "Start("), ("TopicRange", "Partitions("), ("TopicRange", "Offsets("), ("TopicRange", "Timestamps("), ("TopicRange", "Snapshot("), ("DatasetSnapshot", "ToJson("),
        ("DatasetSnapshot", "Parse("), ("LabelColumn", "Binary("), ("LabelColumn", "Category("), ("KafkaDatasetOptions", "WithFeaturesOf("), ("KafkaTopicSource", "LoadWithDataLoader("),
    ];

    private static readonly Lazy<IReadOnlyList<(string Member, string Code)>> Found = new(() =>
    [
        .. from library in (string[])["KafkaDatasets.xml", "KafkaDatasets.LightGbm.xml"]
           from member in XDocument.Load(Path.Combine(AppContext.BaseDirectory, library)).Descendants("member")
           from code in member.Descendants("example").Descendants("code")
           select ((string)member.Attribute("name")!, Unindent(code.Value)),
    ]);

    public static TheoryData<string> Members => [.. Found.Value.Select(e => e.Member).Distinct()];

    [Theory]
    [MemberData(nameof(Members))]
    public void An_example_compiles(string member)
    {
        IEnumerable<string> examples = Found.Value.Where(e => e.Member == member).Select(e => Statements(e.Code));

        Assert.All(examples, code =>
        {
            string types = code.Contains("class Payment", StringComparison.Ordinal) ? "" : Types;
            Assert.Empty(new SnippetProgram([("preamble", new("csharp", Preamble, 1)), (member, new("csharp", code, 1)), ("types", new("csharp", types, 1))], isFlat: false).Faults());
        });
    }

    [Fact]
    public void The_members_that_people_start_with_have_an_example()
    {
        Assert.All(Starting, start => Assert.Contains(Found.Value, e => (e.Member + ".").Split(':', 2)[1].StartsWith($"KafkaDatasets.{start.Type}.", StringComparison.Ordinal) && e.Code.Contains(start.Member, StringComparison.Ordinal)));
    }

    /// <summary>An example as statements: it may also be an expression, or a property of options with its value.</summary>
    private static string Statements(string code) =>
        code.Contains("class ", StringComparison.Ordinal) ? code
        : code.Contains(';', StringComparison.Ordinal) ? $"{code}\n;" // a comment at its end is on a line of its own
        : Assignment().IsMatch(code) ? $"_ = new KafkaDatasetOptions {{ BootstrapServers = bootstrapServers, {code} }};"
        : $"_ = {code};";

    private static string Unindent(string text)
    {
        string[] lines = text.Trim('\r', '\n').TrimEnd().Split('\n');
        int indent = lines.Where(l => l.Trim().Length > 0).Min(l => l.Length - l.TrimStart().Length);
        return string.Join('\n', lines.Select(l => l[Math.Min(indent, l.Length)..].TrimEnd('\r')));
    }

    [GeneratedRegex(@"^\w+ = ")]
    private static partial Regex Assignment();
}
