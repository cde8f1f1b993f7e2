using System.Diagnostics;
using System.Globalization;
using KafkaDatasets.LightGbm;
using KafkaDatasets.Tests.LightGbm;
using SusyDemo.Commands;
using SusyDemo.Settings;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace KafkaDatasets.Tests.SusyDemo;

/// <summary>What starts the ranks: the script for one machine, run as it is, and the manifest for Kubernetes, whose parts must fit together.</summary>
public sealed class LaunchersTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Sample => Path.Combine(Repository.Root, "samples", "SusyDemo");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_script_trains_either_model_with_two_processes_and_fails_when_they_fail()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The script is for bash.");
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        string[] cluster = ["--bootstrap-servers", kafka.BootstrapServers, "--schema-registry", kafka.SchemaRegistryUrl];
        var demo = new Demo(new ClusterSettingsReader(_ => null), TextWriter.Null);
        Assert.Equal(0, await new DemoCommandLine(demo).Root.Parse(["produce", "--rows", "5000", .. cluster]).InvokeAsync(cancellationToken: Token));

        (int code, string output) = await RunAsync(["2", .. cluster, "--iterations", "5"]);
        Assert.True(code == 0, output);
        Assert.Matches("train: lightgbm rank 0 of 2, [0-9]+ rows, 5 trees from ", output);
        Assert.Contains("train: lightgbm rank 1 of 2", output);
        Assert.True(File.Exists(_directory.File("susy-out/lightgbm.zip")));

        (code, output) = await RunAsync(["2", .. cluster, "--model", "network", "--epochs", "1"]);
        Assert.True(code == 0, output);
        Assert.Contains("resume: there is no interrupted training", output);
        Assert.Contains("train: network rank 0 of 2 from ", output);
        Assert.True(File.Exists(_directory.File("susy-out/network.zip")));

        (code, output) = await RunAsync(["2", .. cluster, "--train-topic", "absent"]);
        Assert.Equal(1, code);
        Assert.Contains("error: ", output);
    }

    [Fact]
    public async Task The_manifest_gives_each_pod_its_rank_and_the_way_to_rank_0()
    {
        YamlMappingNode service = Document("Service");
        YamlMappingNode job = Document("Job");
        string subdomain = Text(service, "metadata", "name");
        YamlMappingNode pod = Node(job, "spec", "template", "spec");
        Assert.Equal(("Indexed", "None", subdomain), (Text(job, "spec", "completionMode"), Text(service, "spec", "clusterIP"), Text(pod, "subdomain")));
        foreach (YamlMappingNode selector in (YamlMappingNode[])[Node(service, "spec", "selector"), Node(Document("NetworkPolicy"), "spec", "podSelector", "matchLabels")])
        {
            Assert.Equal(Node(job, "spec", "template", "metadata", "labels"), selector);
        }

        int completions = int.Parse(Text(job, "spec", "completions"), CultureInfo.InvariantCulture);
        Assert.Equal(completions, int.Parse(Text(job, "spec", "parallelism"), CultureInfo.InvariantCulture));
        var container = (YamlMappingNode)((YamlSequenceNode)pod.Children["containers"])[0];
        var environment = ((YamlSequenceNode)container.Children["env"]).Cast<YamlMappingNode>().ToDictionary(e => Text(e, "name"), e => Text(e, "value"));
        string[] command = [.. ((YamlSequenceNode)container.Children["command"]).Concat((YamlSequenceNode)container.Children["args"]).Select(a => ((YamlScalarNode)a).Value!)];
        for (int index = 0; index < completions; index++)
        {
            environment["JOB_COMPLETION_INDEX"] = index.ToString(CultureInfo.InvariantCulture); // set by Kubernetes, which gives the pod of this index the name JOB-INDEX
            var shard = Shard.From(environment.GetValueOrDefault);
            LightGbmWorld world = LightGbmWorld.From(shard, environment.GetValueOrDefault);
            Assert.Equal((index, completions), (shard.Rank, shard.World));
            Assert.Equal($"{Text(job, "metadata", "name")}-0.{subdomain}:29500", world.Coordinator);

            if (!OperatingSystem.IsWindows())
            {
                string[] arguments = (await ArgumentsAsync(command, environment)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
                var parsed = new DemoCommandLine(new Demo(new ClusterSettingsReader(_ => null), TextWriter.Null)).Root.Parse(arguments);
                Assert.Empty(parsed.Errors);
                Assert.Equal((completions, index, world.Coordinator), (parsed.GetValue<int?>("--world"), parsed.GetValue<int?>("--rank"), parsed.GetValue<string?>("--coordinator")));
                Assert.StartsWith(Text((YamlMappingNode)((YamlSequenceNode)container.Children["volumeMounts"])[0], "mountPath"), parsed.GetValue<string?>("--checkpoint"));
            }
        }
    }

    private Task<(int Code, string Output)> RunAsync(string[] arguments)
    {
        string program = Program($"exec dotnet '{Path.Combine(AppContext.BaseDirectory, "SusyDemo.dll")}' \"$@\"");
        string coordinator = RankTopic.Coordinator();
        return DemoProcess.EndAsync(Process.Start(new ProcessStartInfo("bash", [Path.Combine(Sample, "train-distributed.sh"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _directory.Path,
            Environment = { ["SUSYDEMO"] = program, ["MASTER_PORT"] = coordinator[(coordinator.LastIndexOf(':') + 1)..] },
        })!);
    }

    /// <summary>The arguments that a container's command gives to the program, line by line.</summary>
    private async Task<string> ArgumentsAsync(string[] command, Dictionary<string, string> environment)
    {
        string program = Program("printf '%s\\n' \"$@\"");
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = $"{Path.GetDirectoryName(program)}{Path.PathSeparator}{start.Environment["PATH"]}";
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        (int code, string output) = await DemoProcess.EndAsync(Process.Start(start)!);
        Assert.True(code == 0, output);
        return output;
    }

    private string Program(string line)
    {
        string path = _directory.Write("SusyDemo", $"#!/bin/sh\n{line}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }

    private static YamlMappingNode Document(string kind)
    {
        using var reader = new StreamReader(Path.Combine(Sample, "deploy", "train-job.yaml"));
        var yaml = new YamlStream();
        yaml.Load(reader);
        return yaml.Documents.Select(d => (YamlMappingNode)d.RootNode).Single(d => Text(d, "kind") == kind);
    }

    private static YamlMappingNode Node(YamlMappingNode node, params string[] path) => path.Aggregate(node, (n, name) => (YamlMappingNode)n.Children[name]);

    private static string Text(YamlMappingNode node, params string[] path) => ((YamlScalarNode)Node(node, path[..^1]).Children[path[^1]]).Value!;
}
