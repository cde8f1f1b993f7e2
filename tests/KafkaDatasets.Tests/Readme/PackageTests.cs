using System.Collections.Immutable;
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Xml.Linq;
using Xunit;
using static KafkaDatasets.Tests.Readme.DotnetCommand;

namespace KafkaDatasets.Tests.Readme;

/// <summary>The package, packed: what is in it, and that a stranger's first program works with it.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kafkadatasets-package-");
    private readonly string _version = $"0.0.0-test.{Guid.NewGuid():N}";

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        if (Path.Combine(cache, "kafkadatasets", _version) is var unpacked && Directory.Exists(unpacked))
        {
            Directory.Delete(unpacked, recursive: true);
        }
    }

    [Fact]
    public async Task First_block_of_the_readme_runs_with_the_package_in_an_empty_project_and_as_a_file()
    {
        // Packed without a warning, and compared with the API of the baseline.
        string feed = Path.Combine(_folder.FullName, "feed");
        await RunAsync(Repository.Root, ["pack", "src/KafkaDatasets", "-c", Configuration, "--no-build", "-warnaserror", .. CompiledAhead, "-p:MinVerSkip=true", $"-p:Version={_version}", "-o", feed]);
        CheckContents(Path.Combine(feed, $"KafkaDatasets.{_version}.nupkg"));

        // The commands of the README, but for the source of the package and its version.
        string[] commands = Page.Of("README.md").Blocks.First(b => b.Language == "sh").Text.Trim().Split('\n');
        Assert.Equal("cd Payments", commands[1]);
        string project = Path.Combine(_folder.FullName, "Payments");
        await RunAsync(_folder.FullName, [.. commands[0].Split(' ')[1..], "--no-restore"]);
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "nuget.config"), $"""<configuration><packageSources><add key="local" value="{feed}" /></packageSources></configuration>""", TestContext.Current.CancellationToken);
        foreach (string command in commands[2..])
        {
            Assert.StartsWith("dotnet add package ", command, StringComparison.Ordinal);
            string package = command.Split(' ')[^1];
            await RunAsync(project, [.. command.Split(' ')[1..], "--no-restore", "--version", package == "KafkaDatasets" ? _version : VersionOf(package)]);
        }

        await File.WriteAllTextAsync(Path.Combine(project, "Program.cs"), Page.Of("README.md").Blocks.First().Text, TestContext.Current.CancellationToken);
        string output = await RunAsync(project, ["run", "-c", "Release"]);

        string said = output.Trim().Split('\n')[^1].Trim();
        Assert.Matches(@"^AUC 0\.[0-9]{3}$", said);
        Assert.Contains($"It prints `{said}`.", await File.ReadAllTextAsync(Page.Of("README.md").FullPath, TestContext.Current.CancellationToken));

        await FileBasedAppRunsWithoutReflectionOverJsonAsync();
    }

    [Fact]
    public async Task Second_package_has_the_trainer_and_the_native_library_by_its_dependencies_alone()
    {
        string feed = Path.Combine(_folder.FullName, "feed");
        await RunAsync(Repository.Root, ["pack", "src/KafkaDatasets.LightGbm", "-c", Configuration, "--no-build", "-warnaserror", "-p:MinVerSkip=true", $"-p:Version={_version}", "-o", feed]);

        using ZipArchive archive = ZipFile.OpenRead(Path.Combine(feed, $"KafkaDatasets.LightGbm.{_version}.nupkg"));
        Assert.Equal(
            ["KafkaDatasets.LightGbm.nuspec", "README.md", "icon.png", "lib/net10.0/KafkaDatasets.LightGbm.dll", "lib/net10.0/KafkaDatasets.LightGbm.xml"],
            archive.Entries.Select(e => e.FullName).Where(n => !n.StartsWith("_rels/", StringComparison.Ordinal) && !n.StartsWith("package/", StringComparison.Ordinal) && n != "[Content_Types].xml").Order(StringComparer.Ordinal));
        XDocument nuspec = Read(archive, "KafkaDatasets.LightGbm.nuspec");
        Assert.Equal(
            [("KafkaDatasets", _version), ("LightGBM", VersionOf("LightGBM")), ("Microsoft.ML.LightGbm", VersionOf("Microsoft.ML.LightGbm"))],
            nuspec.Descendants().Where(e => e.Name.LocalName == "dependency").Select(e => ((string)e.Attribute("id")!, (string)e.Attribute("version")!)));
        Assert.DoesNotContain(Read(archive, "lib/net10.0/KafkaDatasets.LightGbm.xml").Descendants("member"), m => ((string)m.Attribute("name")!).Contains("LightGbm.Engine", StringComparison.Ordinal));
    }

    private async Task FileBasedAppRunsWithoutReflectionOverJsonAsync()
    {
        const string Snapshot =
            """
            await using KafkaDataset dataset = await KafkaDataset.OpenAsync("payments", options);
            Console.WriteLine($"{DatasetSnapshot.Parse(dataset.Snapshot.ToJson()).Length} offsets");
            """;
        string program = Page.Of("README.md").Blocks.First().Text;
        int types = program.IndexOf("public sealed record", StringComparison.Ordinal);
        string app = Path.Combine(_folder.FullName, "app.cs");
        await File.WriteAllTextAsync(app,
            $"#:package KafkaDatasets@{_version}\n#:package Microsoft.ML.FastTree@{VersionOf("Microsoft.ML.FastTree")}\n{program[..types]}{Snapshot}\n{program[types..]}",
            TestContext.Current.CancellationToken);

        string output = await RunAsync(_folder.FullName, ["run", "--file", app]);

        Assert.Matches(@"AUC 0\.[0-9]{3}\s+10000 offsets", output);
    }

    private static void CheckContents(string package)
    {
        // The assembly for every runtime, and the same one compiled beforehand for this one.
        string ahead = $"runtimes/{RuntimeInformation.RuntimeIdentifier}/lib/net10.0/KafkaDatasets.dll";
        using ZipArchive archive = ZipFile.OpenRead(package);
        Assert.Equal(
            ["KafkaDatasets.nuspec", "README.md", "icon.png", "lib/net10.0/KafkaDatasets.dll", "lib/net10.0/KafkaDatasets.xml", ahead],
            archive.Entries.Select(e => e.FullName).Where(n => !n.StartsWith("_rels/", StringComparison.Ordinal) && !n.StartsWith("package/", StringComparison.Ordinal) && n != "[Content_Types].xml").Order(StringComparer.Ordinal));

        (MetadataReader every, bool isEveryCompiled) = Assembly(archive, "lib/net10.0/KafkaDatasets.dll");
        (MetadataReader here, bool isHereCompiled) = Assembly(archive, ahead);
        Assert.Equal((false, true), (isEveryCompiled, isHereCompiled));
        Assert.Equal(ModuleId(every), ModuleId(here));

        XElement metadata = Read(archive, "KafkaDatasets.nuspec").Root!.Elements().First();
        Assert.All((string[])["projectUrl", "releaseNotes", "copyright", "icon", "readme", "license", "repository", "tags"], name => Assert.NotNull(metadata.Element(metadata.Name.Namespace + name)));

        // The docs are of what users see, and of all of it that they name: OpenAsync has an internal overload, and PartitionReader is an internal class.
        string[] documented = [.. Read(archive, "lib/net10.0/KafkaDatasets.xml").Descendants("member").Select(m => (string)m.Attribute("name")!)];
        Type[] types = [.. typeof(KafkaDataset).Assembly.GetExportedTypes()];
        Assert.All(types, type => Assert.Contains($"T:{type.FullName}", documented));
        Assert.All(documented, name => Assert.Contains(types, type => name[2..] == type.FullName || name[2..].StartsWith($"{type.FullName}.", StringComparison.Ordinal)));
        Assert.Single(documented, name => name.StartsWith("M:KafkaDatasets.KafkaDataset.OpenAsync(System.String,KafkaDatasets.KafkaDatasetOptions", StringComparison.Ordinal));
        Assert.Contains("P:KafkaDatasets.TensorBatch.Item(System.String)", documented);
        Assert.Contains("M:KafkaDatasets.KafkaRecordWriter`1.WriteAsync(`0,System.Threading.CancellationToken)", documented);
        Assert.Contains("M:KafkaDatasets.TensorColumn.op_Implicit(System.String)~KafkaDatasets.TensorColumn", documented);
        Assert.DoesNotContain(documented, name => name.StartsWith("M:KafkaDatasets.KafkaDatasetOptions.Validate", StringComparison.Ordinal));
    }

    private static Guid ModuleId(MetadataReader reader) => reader.GetGuid(reader.GetModuleDefinition().Mvid);

    /// <summary>An assembly's metadata, and whether it contains machine code.</summary>
    private static (MetadataReader Metadata, bool IsCompiled) Assembly(ZipArchive archive, string name)
    {
        using Stream stream = archive.GetEntry(name)!.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        var assembly = new PEReader(ImmutableArray.Create(copy.ToArray())); // what is read of it lies in memory
        return (assembly.GetMetadataReader(), assembly.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0);
    }

    private static XDocument Read(ZipArchive archive, string name)
    {
        using Stream stream = archive.GetEntry(name)!.Open();
        return XDocument.Load(stream);
    }
}
