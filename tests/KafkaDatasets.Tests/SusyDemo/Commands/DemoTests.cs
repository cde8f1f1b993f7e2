using System.CommandLine;
using System.Globalization;
using SusyDemo.Commands;
using SusyDemo.Settings;
using SusyDemo.Training;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Commands;

/// <summary>The demo from its command line, on embedded brokers.</summary>
public sealed class DemoTests : IDisposable
{
    private static readonly string[] Trained = [.. Learners.Names.Where(n => n != Learners.LightGbm || Learners.HasLightGbm)];

    private readonly TemporaryDirectory _directory = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Runs_without_a_cluster()
    {
        Assert.Equal(0, await InvokeAsync("--rows 4000 --batch-size 100 --epochs 3"));

        (string Model, double Area, int Rows)[] tests = Tests();
        Assert.Equal(Trained, tests.Select(t => t.Model));
        Assert.All(tests, t => Assert.InRange(t.Area, 0.8, 0.93));
        Assert.All(tests, t => Assert.InRange(t.Rows, 1100, 1300));
        Assert.Contains("synthetic", _output.ToString());
        Assert.Equal(
            [.. Trained.Select(m => $"{m}.zip").Concat(["learning.png", "roc.png", "train.profile.json"]).Order()],
            Directory.GetFiles(_directory.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Produces_trains_and_tests_one_after_the_other()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        string cluster = $"--bootstrap-servers {kafka.BootstrapServers} --schema-registry {kafka.SchemaRegistryUrl}";
        string data = $"--train-data {WriteEvents("train.csv", 600)} --test-data {WriteEvents("test.csv", 250)}";
        string other = _directory.Write("other.csv", "signal,MT2\n1,2\n0,1\n");

        Assert.Equal(0, await InvokeAsync($"produce {cluster} {data}"));
        Assert.Contains("produce: 600 events to 10x.storage.machine-learning.train, 250 to 10x.storage.machine-learning.test", _output.ToString());
        Assert.Equal(0, await InvokeAsync($"train {cluster} --model network --batch-size 20 --epochs 3", true));
        Assert.Equal(0, await InvokeAsync($"test {cluster}", true));

        (string Model, double Area, int Rows) = Assert.Single(Tests());
        Assert.Equal(("network", 250), (Model, Rows));
        Assert.True(Area > 0.9, $"AUC {Area}");
        Assert.DoesNotContain("synthetic", _output.ToString());

        Assert.Equal(0, await InvokeAsync($"produce {cluster} --train-data {other} --test-data {other} --train-topic a --test-topic b"));
        Assert.Equal(Failures.Failed, await InvokeAsync($"test {cluster} --test-topic b", true));
        Assert.Contains("The model network was trained with features that the topic b does not have: lepton_1_pT.", _errors.ToString());
    }

    [Fact]
    public async Task Scores_with_saved_models()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        string cluster = $"--bootstrap-servers {kafka.BootstrapServers} --schema-registry {kafka.SchemaRegistryUrl}";
        string data = $"--train-data {WriteEvents("train.csv", 600)} --test-data {WriteEvents("test.csv", 250)}";
        Assert.Equal(0, await InvokeAsync($"produce {cluster} {data}"));
        foreach (string model in new[] { "network", "logistic" })
        {
            Assert.Equal(0, await InvokeAsync($"train {cluster} --model {model} --batch-size 50 --epochs 1", true));
            string score = $"score {cluster} --model-file {Path.Combine(_directory.Path, $"{model}.zip")} --output-topic {model}-scores --group {model}";
            Assert.Equal(Failures.Failed, await InvokeAsync(score));
            Assert.Contains("Delivery.AtLeastOnce", _errors.ToString());
            Assert.Equal(0, await InvokeAsync($"{score} --delivery at-least-once"));
            Assert.Matches(@"(?m)^scored: rows 250 batches \d+\r?$", _output.ToString());
            _output.GetStringBuilder().Clear();
        }

        Assert.Equal(0, await InvokeAsync($"score --rows 400 --output-topic scores --model-file {Path.Combine(_directory.Path, "logistic.zip")}"));
        Assert.Contains("delivery: at-least-once, since", _output.ToString());
        Assert.Matches(@"(?m)^scored: rows 1\d\d batches \d+\r?$", _output.ToString());
    }

    [Fact]
    public async Task Does_not_add_to_topics_unless_told()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        string produce = $"produce --bootstrap-servers {kafka.BootstrapServers} --schema-registry {kafka.SchemaRegistryUrl} --rows 100";

        Assert.Equal(0, await InvokeAsync(produce));
        Assert.Equal(Failures.Failed, await InvokeAsync(produce));
        Assert.Matches(@"10x\.storage\.machine-learning\.train holds \d+ records already", _errors.ToString());
        Assert.Contains("use the command train", _errors.ToString());
        Assert.Equal(0, await InvokeAsync($"{produce} --append"));

        Assert.Equal(Failures.Failed, await InvokeAsync(produce.Replace("--rows 100", "--rows 1000")));
        Assert.Contains("fewer than the 1000 events of this command", _errors.ToString());
    }

    [Fact]
    public async Task Does_not_append_events_of_other_fields()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        string cluster = $"--bootstrap-servers {kafka.BootstrapServers} --schema-registry {kafka.SchemaRegistryUrl}";
        string data = _directory.Write("few.csv", "signal,MT2,R\n1,2,1\n0,1,2\n");

        Assert.Equal(0, await InvokeAsync($"produce {cluster} --rows 100"));
        Assert.Equal(Failures.Failed, await InvokeAsync($"produce {cluster} --append --train-data {data} --test-data {data}"));
        Assert.Contains("have 18 features, those to append 2, and nothing has been written: only one of them has lepton_1_pT", _errors.ToString());
    }

    [Fact]
    public async Task A_produce_that_ends_early_says_what_is_in_the_topics()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        string data = _directory.Write("bad.csv", $"signal,MT2\n{string.Concat(Enumerable.Repeat("1,2\n", 500))}1,x\n");

        Assert.Equal(Failures.Failed, await InvokeAsync($"produce --bootstrap-servers {kafka.BootstrapServers} --schema-registry {kafka.SchemaRegistryUrl} --train-data {data} --test-data {data}"));
        Assert.Matches(@"produce: not finished; 10x\.storage\.machine-learning\.train holds \d+ records, 10x\.storage\.machine-learning\.test 0\. Delete the topics", _output.ToString());
    }

    [Theory]
    [InlineData("produce", "needs a cluster")]
    [InlineData("train", "needs a cluster", true)]
    [InlineData("train --bootstrap-servers localhost:9092", "--schema-registry", true)]
    [InlineData("test --output nowhere", "no saved model in nowhere")]
    [InlineData("run --train-topic same --test-topic same", "are the same", true)]
    [InlineData("run --train-data some.csv", "--test-data", true)]
    [InlineData("run --data none.csv", "none.csv cannot be read", true)]
    [InlineData("run --rows 0", "--rows must be at least 1")]
    [InlineData("run --rows abc", "--rows is 'abc', which is not a whole number")]
    [InlineData("run --epochs x", "--epochs is 'x', which is not a whole number")]
    [InlineData("run --batch-size 1.5", "--batch-size is '1.5', which is not a whole number")]
    [InlineData("run --batch-size 5000000000", "--batch-size is '5000000000', which is not a whole number")]
    [InlineData("run --seed y", "--seed is 'y', which is not a whole number")]
    [InlineData("run --epochs -1", "--epochs must be at least 1")]
    [InlineData("run --model none", "none")]
    [InlineData("run --nothing", "--nothing")]
    public async Task Refuses_what_cannot_be_and_says_why(string command, string reason, bool output = false)
    {
        Assert.Equal(Failures.Failed, await InvokeAsync(command, output));

        Assert.Contains(reason, _errors.ToString());
    }

    [Fact]
    public async Task Ends_when_cancelled() =>
        Assert.Equal(Failures.Cancelled, await Failures.GuardAsync(
            () => new Demo(NoSettings(), _output).RunAsync(new DemoOptions { Output = _directory.Path }, new CancellationToken(true)), _errors, new CancellationToken(true)));

    private async Task<int> InvokeAsync(string command, bool output = false)
    {
        List<string> arguments = [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        if (output || command.StartsWith("--", StringComparison.Ordinal))
        {
            arguments.AddRange(["--output", _directory.Path]);
        }

        return await new DemoCommandLine(new Demo(NoSettings(), _output)).Root.Parse(arguments)
            .InvokeAsync(new InvocationConfiguration { Output = TextWriter.Null, Error = _errors }, TestContext.Current.CancellationToken);
    }

    /// <summary>Events that one feature tells apart, with some noise.</summary>
    private string WriteEvents(string name, int rows)
    {
        var random = new Random(8);
        IEnumerable<string> lines = Enumerable.Range(0, rows).Select(i => string.Create(CultureInfo.InvariantCulture, $"{(i % 2) + (random.NextDouble() / 2)},{i % 2},{random.NextDouble()}"));
        return _directory.Write(name, $"lepton_1_pT,signal,MT2\n{string.Join('\n', lines)}\n");
    }

    private (string Model, double Area, int Rows)[] Tests() =>
    [
        .. from line in _output.ToString().Split('\n')
           let words = line.Trim().Split(' ')
           where words is ["test:", _, "accuracy", _, "AUC", _, "rows", _]
           select (words[1], double.Parse(words[5], CultureInfo.InvariantCulture), int.Parse(words[7], CultureInfo.InvariantCulture)),
    ];

    private static ClusterSettingsReader NoSettings() => new(_ => null);
}
