using SusyDemo.Commands;
using SusyDemo.Settings;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Commands;

/// <summary>The command learn, from its command line, on the embedded broker.</summary>
public sealed class LearnTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("susydemo-learn-").FullName;
    private readonly StringWriter _output = new();

    public void Dispose() => Directory.Delete(_directory, true);

    [Fact]
    public async Task Every_event_that_was_made_is_learned_and_told()
    {
        string[] arguments = ["learn", "--rows", "4000", "--seed", "5", "--checkpoint", _directory, "--group", "g", "--until", "caught-up"];
        var commands = new DemoCommandLine(new Demo(new ClusterSettingsReader(_ => null), _output));
        Assert.Equal(0, await commands.Root.Parse(arguments).InvokeAsync(cancellationToken: TestContext.Current.CancellationToken));
        string[] lines = _output.ToString().Trim().Split('\n');
        string produced = lines.Single(l => l.StartsWith("produce:", StringComparison.Ordinal)).Split(' ')[1];
        Assert.Equal($"learned: ftrl-logistic rows {produced} checkpoint {Path.Combine(_directory, "000000000001.checkpoint")}", lines[^2].Trim());
        Assert.Matches($@"^prequential: accuracy 0\.\d{{4}} AUC 0\.\d{{4}} rows {produced}$", lines[^1].Trim());
        Assert.True(File.Exists(Path.Combine(_directory, "model.zip")));
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("idle:")]
    [InlineData("idle:-1")]
    public async Task A_condition_that_is_none_is_refused(string until)
    {
        using var errors = new StringWriter();
        var commands = new DemoCommandLine(new Demo(new ClusterSettingsReader(_ => null), _output));
        Assert.Equal(Failures.Failed, await commands.Root.Parse(["learn", "--until", until]).InvokeAsync(new() { Error = errors }, TestContext.Current.CancellationToken));
        Assert.Contains("caught-up, idle:SECONDS or never", errors.ToString());
    }
}
