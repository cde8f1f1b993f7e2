// Builds the docs site into artifacts/site: the pages of docs/ and some others, and the API reference from the XML docs.
// Needs a build (dotnet build -c Release). A warning of DocFX is an error here, except that of an assembly
// that is not there (docfx.json): ML.NET's FastTree refers to Microsoft.ML.OneDal, which its package does not depend on.
//
//   dotnet run --file build/Site.cs
using System.Diagnostics;
using System.Text.RegularExpressions;

string root = Directory.GetCurrentDirectory();
if (!File.Exists(Path.Combine(root, "KafkaDatasets.sln")))
{
    Console.Error.WriteLine("Run this in the folder of KafkaDatasets.sln.");
    return 2;
}

string source = Path.Combine(root, "artifacts", "site-source");
string assemblies = Path.Combine(root, "samples", "QuickStart", "bin", "Release", "net10.0");
string second = Path.Combine(root, "src", "KafkaDatasets.LightGbm", "bin", "Release", "net10.0");
if (!File.Exists(Path.Combine(assemblies, "KafkaDatasets.dll")))
{
    Console.Error.WriteLine("There is no build to take the API from: run dotnet build -c Release.");
    return 2;
}

// Where each page of the repository is in the site. Links between them follow; others lead to the repository.
var pages = new Dictionary<string, string>
{
    ["docs/README.md"] = "index.md",
    ["benchmarks/RESULTS.md"] = "guide/results.md",
    ["samples/README.md"] = "guide/samples.md",
    ["SECURITY.md"] = "guide/security-policy.md",
    ["CHANGELOG.md"] = "guide/changelog.md",
    ["ARCHITECTURE.md"] = "guide/architecture.md",
    ["CONTRIBUTING.md"] = "guide/contributing.md",
};
foreach (string page in Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md").Select(f => Path.GetFileName(f)).Where(n => n != "README.md"))
{
    pages[$"docs/{page}"] = $"guide/{page}";
}

string home = Regex.Match(File.ReadAllText(Path.Combine(root, "src", "KafkaDatasets", "KafkaDatasets.csproj")), "<PackageProjectUrl>(.*)</PackageProjectUrl>").Groups[1].Value;
foreach (string old in (string[])[source, Path.Combine(root, "artifacts", "site")])
{
    if (Directory.Exists(old))
    {
        Directory.Delete(old, recursive: true);
    }
}

CopyFolder(Path.Combine(root, "docs", "site"), source);
CopyFolder(Path.Combine(root, "docs", "images"), Path.Combine(source, "images"));
CopyFolder(assemblies, Path.Combine(source, "assembly"));
foreach (string file in Directory.EnumerateFiles(second, "KafkaDatasets.LightGbm.*"))
{
    File.Copy(file, Path.Combine(source, "assembly", Path.GetFileName(file)));
}

foreach ((string page, string target) in pages.Where(p => File.Exists(Path.Combine(root, p.Key))))
{
    string text = File.ReadAllText(Path.Combine(root, page)).ReplaceLineEndings("\n");
    text = Regex.Replace(text, "^<!-- csharp\n.*?^-->\n", "", RegexOptions.Singleline | RegexOptions.Multiline);   // compiled by the tests, not for readers
    text = Regex.Replace(text, @"\]\((?!https?:|mailto:|#)(?<path>[^)#\s]+)(?<anchor>#[^)\s]*)?\)", link => $"]({Follow(page, target, link.Groups["path"].Value)}{link.Groups["anchor"].Value})");
    File.WriteAllText(Path.Combine(source, target), text);
}

string docfx = Path.Combine(source, "docfx.json");
return Run("tool", "restore") is not 0 and var restored ? restored : Run("docfx", docfx, "--warningsAsErrors", "--logLevel", "warning");

string Follow(string page, string target, string link)
{
    string file = Path.GetRelativePath(root, Path.Combine(root, Path.GetDirectoryName(page)!, link)).Replace('\\', '/');
    if (pages.TryGetValue(file, out string? there))
    {
        return Path.GetRelativePath(Path.GetDirectoryName("/" + target)!, "/" + there).Replace('\\', '/');
    }

    if (Path.GetExtension(file) is ".png" or ".svg")
    {
        string picture = Path.Combine("images", Path.GetFileName(file));
        File.Copy(Path.Combine(root, file), Path.Combine(source, picture), overwrite: true);
        return Path.GetRelativePath(Path.GetDirectoryName("/" + target)!, "/" + picture).Replace('\\', '/');
    }

    return $"{home}/{(Directory.Exists(Path.Combine(root, file)) ? "tree" : "blob")}/main/{file}";
}

int Run(params string[] arguments)
{
    using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = root })!;
    process.WaitForExit();
    return process.ExitCode;
}

static void CopyFolder(string from, string to)
{
    Directory.CreateDirectory(to);
    foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(f => !f.Contains("/runtimes/", StringComparison.Ordinal)))
    {
        string copy = Path.Combine(to, Path.GetRelativePath(from, file));
        Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
        File.Copy(file, copy, overwrite: true);
    }
}
