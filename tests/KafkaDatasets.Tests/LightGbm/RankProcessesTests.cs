using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using KafkaDatasets.Tests.SusyDemo;
using SusyDemo.Commands;
using SusyDemo.Settings;
using Xunit;

namespace KafkaDatasets.Tests.LightGbm;

/// <summary>Ranks that are processes, as in life: the sample SusyDemo, started once for each rank.</summary>
public sealed class RankProcessesTests : IDisposable
{
    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly StringWriter _output = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("susy-ranks");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _kafka.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task One_to_four_processes_give_models_that_test_alike_and_a_killed_one_ends_the_others_until_the_restart()
    {
        Assert.Equal(0, await RunAsync("produce", "--rows", "6000")); // the embedded broker makes topics for clients of its own process alone
        string alone = Path.Combine(_folder.FullName, "alone");
        Assert.Equal(0, await RunAsync("train", "--model", "logistic", "--output", alone));
        var areas = new List<double>();
        string[] trees = new string[5];
        for (int world = 1; world <= 4; world++)
        {
            string folder = Path.Combine(_folder.FullName, $"world-{world}");
            string coordinator = RankTopic.Coordinator();
            (int Code, string Output)[] ends = await Task.WhenAll(Enumerable.Range(0, world).Select(rank => DemoProcess.EndAsync(Train(world, rank, coordinator, folder, "10"))));
            Assert.All(ends, e => Assert.True(e.Code == 0, e.Output));
            Assert.Matches($"train: lightgbm rank 0 of {world}, [0-9]+ rows, 10 trees from 10x.storage.machine-learning.train", ends[0].Output);
            Assert.Equal(File.ReadAllText(Path.Combine(alone, "train.profile.json")), File.ReadAllText(Path.Combine(folder, "train.profile.json")));
            trees[world] = File.ReadAllText(Path.Combine(folder, "lightgbm.txt"));
            Assert.Equal(0, await RunAsync("test", "--model", "lightgbm", "--output", folder));
            areas.Add(double.Parse(Regex.Match(_output.ToString(), @"test: lightgbm accuracy 0\.\d{4} AUC (0\.\d{4}) rows \d+").Groups[1].Value, CultureInfo.InvariantCulture));
            _output.GetStringBuilder().Clear();
        }

        Assert.All(areas, area => Assert.Equal(areas[0], area, 0.01));
        Assert.InRange(areas[0], 0.8, 0.95);
        Assert.All((int[])[3, 4], world => Assert.Equal(RankTopic.Values(trees[2], "threshold"), RankTopic.Values(trees[world], "threshold")));

        await KillAndRestartAsync();
    }

    private async Task KillAndRestartAsync()
    {
        string folder = Path.Combine(_folder.FullName, "killed");
        string checkpoint = Path.Combine(_folder.FullName, "checkpoint");
        string coordinator = RankTopic.Coordinator();
        Process[] ranks = [.. Enumerable.Range(0, 3).Select(rank => Train(3, rank, coordinator, folder, "100000", checkpoint))];
        Task<(int Code, string Output)>[] ends = [.. ranks.Select(DemoProcess.EndAsync)];
        string file = Path.Combine(checkpoint, "lightgbm-rank0.json");
        await Until.TrueAsync(() => File.Exists(file) || ends.Any(e => e.IsCompleted), "a checkpoint", 60);
        Assert.All(ends, e => Assert.False(e.IsCompleted, e.IsCompleted ? e.Result.Output : ""));

        long killed = Stopwatch.GetTimestamp();
        ranks[2].Kill();
        await Task.WhenAll(ends);
        Assert.InRange(Stopwatch.GetElapsedTime(killed).TotalSeconds, 0, 30);
        Assert.All(ends[..2], e => Assert.Equal(1, e.Result.Code));
        Assert.All(ends[..2], e => Assert.Matches("error: Rank [0-2] ", e.Result.Output));

        // The state is that of the last iteration, written by a rank that lived on; a restart has less to do than before.
        int done = int.Parse(Regex.Match(await File.ReadAllTextAsync(file, Cancelled), "\"Iterations\":([0-9]+)").Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(done, 10, 100_000 - 1);
        coordinator = RankTopic.Coordinator();
        string trees = (done + 5).ToString(CultureInfo.InvariantCulture);
        (int Code, string Output)[] restarted = await Task.WhenAll(Enumerable.Range(0, 2).Select(rank => DemoProcess.EndAsync(Train(2, rank, coordinator, folder, trees, checkpoint))));
        Assert.All(restarted, e => Assert.True(e.Code == 0, e.Output));
        Assert.Contains($" {trees} trees from ", restarted[0].Output);
        Assert.Empty(Directory.GetFiles(checkpoint));
    }

    /// <summary>Runs a command of the sample in this process.</summary>
    private Task<int> RunAsync(params string[] arguments)
    {
        var demo = new Demo(new ClusterSettingsReader(_ => null), _output);
        return new DemoCommandLine(demo).Root
            .Parse([.. arguments, "--bootstrap-servers", _kafka.BootstrapServers, "--schema-registry", _kafka.SchemaRegistryUrl])
            .InvokeAsync(new InvocationConfiguration { Output = _output, Error = _output }, Cancelled);
    }

    private Process Train(int world, int rank, string coordinator, string folder, string trees, string? checkpoint = null) => DemoProcess.Start(
        _kafka,
        _folder.FullName,
        [
            "train", "--model", "lightgbm", "--world", world.ToString(CultureInfo.InvariantCulture), "--rank", rank.ToString(CultureInfo.InvariantCulture), "--coordinator", coordinator,
            "--iterations", trees, "--output", folder, .. checkpoint is null ? Array.Empty<string>() : ["--checkpoint", checkpoint],
        ]);
}
