using System.Diagnostics;
using System.Text;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo;

/// <summary>The sample as a process of its own.</summary>
internal static class DemoProcess
{
    /// <summary>Starts a command.</summary>
    /// <param name="kafka">The broker that it uses.</param>
    /// <param name="folder">The folder that it works in.</param>
    /// <param name="arguments">The command and its options.</param>
    public static Process Start(EmbeddedKafka kafka, string folder, string[] arguments) => Process.Start(new ProcessStartInfo(
        "dotnet", [Path.Combine(AppContext.BaseDirectory, "SusyDemo.dll"), .. arguments, "--bootstrap-servers", kafka.BootstrapServers, "--schema-registry", kafka.SchemaRegistryUrl])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = folder,
        Environment = { ["OMP_NUM_THREADS"] = "1", ["DOTNET_TieredPGO"] = "0" },
    })!;

    /// <summary>Waits for the end of a process; kills it when the test is cancelled.</summary>
    /// <returns>Its exit code, and what it has written to both outputs.</returns>
    public static async Task<(int Code, string Output)> EndAsync(Process process)
    {
        using (process)
        {
            var output = new StringBuilder();
            process.OutputDataReceived += (_, e) => Append(e.Data);
            process.ErrorDataReceived += (_, e) => Append(e.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            try
            {
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            }
            finally
            {
                if (!process.HasExited)
                {
                    process.Kill();
                }
            }

            lock (output)
            {
                return (process.ExitCode, output.ToString());
            }

            void Append(string? line)
            {
                lock (output)
                {
                    output.AppendLine(line);
                }
            }
        }
    }
}
