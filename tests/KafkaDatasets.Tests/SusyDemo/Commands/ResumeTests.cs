using System.Diagnostics;
using System.IO.Compression;
using SusyDemo.Commands;
using SusyDemo.Settings;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Commands;

/// <summary>The demo's training as a process that is killed and started again.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StringWriter _output = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Killed_and_started_again_it_ends_with_the_same_weights()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        string cluster = $"--bootstrap-servers {kafka.BootstrapServers} --schema-registry {kafka.SchemaRegistryUrl}";
        string train = $"train {cluster} --model network --batch-size 100 --epochs 2";
        string whole = Path.Combine(_directory.Path, "whole");
        string killed = Path.Combine(_directory.Path, "killed");
        await InvokeAsync($"produce {cluster} --rows 40000");
        await InvokeAsync($"{train} --output {whole}");

        string state = Path.Combine(killed, "network.training");
        var start = new ProcessStartInfo("dotnet", [typeof(Demo).Assembly.Location, .. $"{train} --output {killed}".Split(' ')]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using (Process child = Process.Start(start)!)
        {
            child.OutputDataReceived += (_, _) => { };
            child.ErrorDataReceived += (_, _) => { };
            child.BeginOutputReadLine();
            child.BeginErrorReadLine();
            try
            {
                await Until.TrueAsync(() => child.HasExited || File.Exists(state), "the state of the training", 60);
                Assert.False(child.HasExited, "the training ended by itself");
            }
            finally
            {
                child.Kill();
            }

            await child.WaitForExitAsync(Token);
        }

        Assert.False(File.Exists(Path.Combine(killed, "network.zip")));
        await InvokeAsync($"produce {cluster} --rows 2000 --append --seed 9"); // they are not part of the training that goes on
        await InvokeAsync($"{train} --resume --output {killed}");
        Assert.Contains("resume: network in epoch ", _output.ToString());
        Assert.Equal(Parameters(whole), Parameters(killed));
        Assert.False(File.Exists(state));
    }

    private static byte[] Parameters(string directory)
    {
        using ZipArchive archive = ZipFile.OpenRead(Path.Combine(directory, "network.zip"));
        using Stream stream = archive.GetEntry("parameters.bin")!.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private async Task InvokeAsync(string arguments)
    {
        var demo = new Demo(new ClusterSettingsReader(_ => null), _output);
        Assert.Equal(0, await new DemoCommandLine(demo).Root.Parse(arguments).InvokeAsync(cancellationToken: Token));
    }
}
