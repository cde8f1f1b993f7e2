using System.Diagnostics;
using System.Text;
using System.Xml.Linq;
using Xunit;

namespace KafkaDatasets.Tests.Readme;

/// <summary>Runs <c>dotnet</c> and programs that it built.</summary>
internal static class DotnetCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);
    private static readonly SemaphoreSlim Packing = new(1, 1);

    /// <summary>The configuration that this project was built in.</summary>
    public static string Configuration { get; } = Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)))!;

    /// <summary>Arguments by which the package also has the assembly compiled beforehand, for this machine only.</summary>
    public static string[] CompiledAhead { get; } = ["-p:CompileAhead=true", "-p:AheadForThisMachine=true"];

    /// <summary>Runs <c>dotnet</c>; a failure is the test's.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(string folder, string[] arguments)
    {
        if (arguments[0] != "pack")
        {
            return await RunAsync(folder, "dotnet", arguments);
        }

        // Two packings at once write the same files of the projects that both packages need.
        await Packing.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return await RunAsync(folder, "dotnet", arguments);
        }
        finally
        {
            Packing.Release();
        }
    }

    /// <summary>Runs a program; a failure is the test's.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(string folder, string program, string[] arguments)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Patience);
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = new StringBuilder();
        process.OutputDataReceived += (_, e) => { lock (output) { output.AppendLine(e.Data); } };
        process.ErrorDataReceived += (_, e) => { lock (output) { output.AppendLine(e.Data); } };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        string text;
        lock (output)
        {
            text = output.ToString();
        }

        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{text}");
        return text;
    }

    /// <summary>The version of a package that the repository uses.</summary>
    public static string VersionOf(string package) =>
        (string)XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion").Single(e => (string?)e.Attribute("Include") == package).Attribute("Version")!;
}
