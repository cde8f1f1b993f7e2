using System.CommandLine;
using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.InteropServices;
using KafkaDatasets.Tests.LightGbm;
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

    [Fact]
    public async Task Three_processes_of_which_one_is_killed_are_started_again_as_two_and_give_the_network_of_one_but_for_rounding()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        string cluster = $"--bootstrap-servers {kafka.BootstrapServers} --schema-registry {kafka.SchemaRegistryUrl}";
        string whole = Path.Combine(_directory.Path, "whole");
        string ranks = Path.Combine(_directory.Path, "ranks");
        await InvokeAsync($"produce {cluster} --rows 20000");
        await InvokeAsync($"train {cluster} --model network --batch-size 100 --epochs 2 --output {whole}");
        await InvokeAsync($"test {cluster} --model network --output {whole}");

        Process[] three = Start(3);
        Task<(int Code, string Output)>[] ends = [.. three.Select(DemoProcess.EndAsync)];
        await Until.TrueAsync(() => ends.Any(e => e.IsCompleted) || File.Exists(Path.Combine(ranks, "network.training")), "the state of the training", 60);
        Assert.All(ends, e => Assert.False(e.IsCompleted, e.IsCompleted ? e.Result.Output : ""));
        three[1].Kill();
        await Task.WhenAll(ends);
        Assert.Contains("error: Rank 1 is lost: it closed its connection", (await ends[0]).Output);
        Assert.Contains("error: Rank 0 is lost: it closed its connection", (await ends[2]).Output);

        await InvokeAsync($"produce {cluster} --rows 2000 --append --seed 9"); // they are not part of the training that goes on
        (int Code, string Output)[] two = await Task.WhenAll(Start(2, "--resume").Select(DemoProcess.EndAsync));
        Assert.All(two, e => Assert.True(e.Code == 0, e.Output));
        Assert.Contains("resume: network in epoch ", two[0].Output);
        Assert.Contains("train: network rank 0 of 2 from 10x.storage.machine-learning.train", two[0].Output);
        Assert.Contains("train: network rank 1 of 2 from", two[1].Output);
        Assert.Equal(File.ReadAllText(Path.Combine(whole, "train.profile.json")), File.ReadAllText(Path.Combine(ranks, "train.profile.json")));
        Assert.True(File.Exists(Path.Combine(ranks, "learning.png")));

        float[] expected = MemoryMarshal.Cast<byte, float>(Parameters(whole)).ToArray();
        float[] actual = MemoryMarshal.Cast<byte, float>(Parameters(ranks)).ToArray();
        Assert.Equal(expected.Length, actual.Length);
        Assert.True(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max() < 0.01, $"a weight differs by {expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max()}");

        Process[] Start(int world, params string[] more)
        {
            string coordinator = RankTopic.Coordinator();
            return [.. Enumerable.Range(0, world).Select(rank => DemoProcess.Start(
                kafka, _directory.Path, [.. FormattableString.Invariant($"train --model network --batch-size 100 --epochs 2 --world {world} --rank {rank} --coordinator {coordinator} --output {ranks}").Split(' '), .. more]))];
        }
    }

    [Theory]
    [InlineData("train --model fasttree --world 2 --rank 0", "--world goes with --model lightgbm or --model network")]
    [InlineData("train --model network --world 2 --rank 0 --checkpoint x", "--checkpoint is for --model lightgbm")]
    [InlineData("train --model lightgbm --world 2 --rank 0 --resume", "--resume is for --model network")]
    [InlineData("train --model network --world 2 --rank 0 --batch-size 1", "--batch-size 1 is less than --world 2")]
    [InlineData("train --model network --world 2 --rank 0 --coordinator nowhere -b b:9092 --schema-registry http://r", "--coordinator is 'nowhere', which is not host:port")]
    public async Task Options_that_do_not_go_together_are_an_error(string arguments, string message)
    {
        var demo = new Demo(new ClusterSettingsReader(_ => null), _output);
        Assert.Equal(1, await new DemoCommandLine(demo).Root.Parse(arguments).InvokeAsync(new InvocationConfiguration { Error = _output }, Token));
        Assert.Contains(message, _output.ToString());
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
