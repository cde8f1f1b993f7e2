using System.Reflection;
using System.Text.RegularExpressions;
using NetArchTest.Rules;
using Xunit;

namespace KafkaDatasets.Tests;

/// <summary>The table of rooms in ARCHITECTURE.md is what the folders are, and no room uses one below it.</summary>
public sealed partial class RoomsTests
{
    private const string Root = nameof(KafkaDatasets);

    private static readonly Assembly Library = typeof(KafkaDataset).Assembly;
    private static readonly string Source = Path.Combine(Repository.Root, "src", Root);

    /// <summary>The rooms in the order of the table, as folders: <c>Fetching/Direct</c>.</summary>
    private static readonly string[] Rooms =
    [
        .. RoomRow().Matches(File.ReadAllText(Path.Combine(Repository.Root, "ARCHITECTURE.md")).Split("## Rooms")[1].Split("\n## ")[0]).Select(m => m.Groups[1].Value),
    ];

    public static TheoryData<string> EachRoom => [.. Rooms];

    [Fact]
    public void The_table_has_every_folder_and_no_other()
    {
        string[] folders =
        [
            .. Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(Source, Path.GetDirectoryName(file)!).Replace('\\', '/'))
                .Where(folder => folder != "." && !folder.StartsWith("obj", StringComparison.Ordinal) && !folder.StartsWith("bin", StringComparison.Ordinal))
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(folders, Rooms.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(EachRoom))]
    public void A_room_uses_only_rooms_above_it(string room)
    {
        // A room composes the rooms within it, and these may use what lies in the room itself: its seam.
        string[] below = [.. Rooms.SkipWhile(r => r != room).Skip(1).Where(other => !room.StartsWith($"{other}/", StringComparison.Ordinal)).Select(Namespace)];
        if (below.Length == 0)
        {
            return;
        }

        NetArchTest.Rules.TestResult result = Types.InAssembly(Library)
            .That().ResideInNamespaceMatching($"^{Regex.Escape(Namespace(room))}$")
            .ShouldNot().HaveDependencyOnAny(below)
            .GetResult();
        Assert.True(
            result.IsSuccessful,
            $"{room} uses rooms below it: {string.Join(", ", result.FailingTypeNames ?? [])} use something of {string.Join(", ", below)}.");
    }

    [Fact]
    public void Public_types_are_in_the_root_namespace_and_folder_one_a_file()
    {
        Type[] types = [.. Library.GetExportedTypes().Where(t => !t.IsNested)];
        Assert.All(types, type => Assert.Equal(Root, type.Namespace));
        Assert.All(types, type =>
        {
            string name = type.Name.Split('`')[0];
            string[] files = [.. Directory.EnumerateFiles(Source, "*.cs").Where(f => Path.GetFileNameWithoutExtension(f).Split('{')[0] == name)];
            Assert.True(files.Length >= 1, $"{type.Name} has no file of its name in the root folder.");
        });
    }

    /// <summary>Within one namespace a file's types may use each other; a public type is not hidden in another one's file.</summary>
    [Fact]
    public void A_file_in_the_root_folder_declares_one_public_type() => Assert.All(
        Directory.EnumerateFiles(Source, "*.cs"),
        file => Assert.True(PublicType().Count(File.ReadAllText(file)) <= 1, $"{Path.GetFileName(file)} declares more than one public type."));

    private static string Namespace(string room) => $"{Root}.{room.Replace('/', '.')}";

    [GeneratedRegex(@"^\| `([A-Za-z0-9/]+)` \|", RegexOptions.Multiline)]
    private static partial Regex RoomRow();

    [GeneratedRegex(@"^public (?:sealed |static |abstract |readonly |partial |unsafe )*(?:class|struct|record|interface|enum|delegate)\b", RegexOptions.Multiline)]
    private static partial Regex PublicType();
}
