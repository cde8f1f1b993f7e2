using SusyDemo;
using SusyDemo.Data.Generation;
using SusyDemo.Evaluation;
using SusyDemo.Network;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Network;

public sealed class NetworkTrainerTests
{
    private static readonly NetworkOptions Small = new() { Shape = [new(32, 0.1), new(16, 0.1)], BatchSize = 500 };

    [Fact]
    public async Task Learns_what_no_straight_line_can()
    {
        // The label is whether two features have the same sign; they are far from mean 0 and deviation 1.
        var random = new Random(6);
        (double A, double B)[] points = [.. Enumerable.Range(0, 4000).Select(_ => (random.NextDouble() - 0.5, random.NextDouble() - 0.5))];
        var events = new InMemoryEvents(
            ["a", "b"], [.. points.SelectMany(p => new[] { (float)(1000 + (300 * p.A)), (float)(0.001 * p.B) })], [.. points.Select(p => p.A * p.B > 0 ? 1f : 0f)]);
        NetworkOptions options = Small with { BatchSize = 50, Epochs = 8, LearningRate = 0.005 };

        NetworkModel model = await NetworkTrainer.TrainAsync(events, options, null, TestContext.Current.CancellationToken);

        Assert.Equal(1 + 8, events.Passes);
        TestReport result = await TestAsync(model, events);
        Assert.True(result.Accuracy > 0.9, $"accuracy {result.Accuracy}");
        Assert.Equal(4000 * 8, model.Curve[^1].Rows);
        Assert.True(model.Curve[^1].Loss < model.Curve[0].Loss / 2);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_weights_whatever_the_number_of_cores()
    {
        var events = InMemoryEvents.From(new SusyEventGenerator(1, 2100));
        NetworkOptions options = Small with { Epochs = 1 };

        float[] one = await WeightsAsync(events, options with { Threads = 1 });
        float[] eight = await WeightsAsync(events, options with { Threads = 8 });
        float[] other = await WeightsAsync(events, options with { Seed = 2 });

        Assert.Equal(one, eight);
        Assert.NotEqual(one, other);
    }

    [Theory]
    [InlineData(256, 255)]
    [InlineData(64, 63)]
    [InlineData(64, 33)]
    [InlineData(1000, 1)]
    public async Task The_last_batch_may_have_any_number_of_rows(int batchSize, int rows)
    {
        var events = InMemoryEvents.From(new SusyEventGenerator(1, rows));

        NetworkModel model = await NetworkTrainer.TrainAsync(events, Small with { BatchSize = batchSize, Epochs = 1 }, null, TestContext.Current.CancellationToken);

        Assert.Equal(rows, model.Curve[^1].Rows);
    }

    [Fact]
    public async Task Refuses_rows_that_are_not_numbers_and_names_the_feature()
    {
        var events = new InMemoryEvents(["good", "bad"], [1, 2, 3, float.NaN], [0, 1]);

        var e = await Assert.ThrowsAsync<DemoException>(() => NetworkTrainer.TrainAsync(events, Small, null, TestContext.Current.CancellationToken));

        Assert.Contains("'bad'", e.Message);
    }

    [Fact]
    public async Task Refuses_no_rows()
    {
        var events = new InMemoryEvents(["a"], [], []);

        await Assert.ThrowsAsync<DemoException>(() => NetworkTrainer.TrainAsync(events, Small, null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Ends_when_cancelled()
    {
        var events = InMemoryEvents.From(new SusyEventGenerator(1, 2000));
        using var cancellation = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => NetworkTrainer.TrainAsync(
            events, Small with { Epochs = 1_000_000 }, p => { if (p.Epoch == 2) { cancellation.Cancel(); } }, cancellation.Token));
    }

    [Fact]
    public async Task A_saved_network_gives_the_same_probabilities()
    {
        using var directory = new TemporaryDirectory();
        var events = InMemoryEvents.From(new SusyEventGenerator(1, 1100));
        NetworkModel model = await NetworkTrainer.TrainAsync(events, Small with { Epochs = 1 }, null, TestContext.Current.CancellationToken);

        NetworkFile.Save(model, directory.File("network.zip"));
        NetworkModel loaded = NetworkFile.Load(directory.File("network.zip"));

        Assert.Equal(model.Features, loaded.Features);
        Assert.Equal(await ProbabilitiesAsync(model, events), await ProbabilitiesAsync(loaded, events));
    }

    [Fact]
    public async Task A_network_refuses_rows_with_other_features()
    {
        var events = InMemoryEvents.From(new SusyEventGenerator(1, 100));
        NetworkModel model = await NetworkTrainer.TrainAsync(events, Small with { Epochs = 1 }, null, TestContext.Current.CancellationToken);
        var other = new InMemoryEvents([.. events.Features.Reverse()], new float[18], [1]);

        await Assert.ThrowsAsync<DemoException>(() => ProbabilitiesAsync(model, other));
    }

    [Theory]
    [InlineData("not a zip archive")]
    [InlineData("")]
    public void Says_that_a_file_is_no_network(string text)
    {
        using var directory = new TemporaryDirectory();

        Assert.Contains("cannot be read as a network", Assert.Throws<DemoException>(() => NetworkFile.Load(directory.Write("x.zip", text))).Message);
        Assert.Throws<DemoException>(() => NetworkFile.Load(directory.File("none.zip")));
    }

    private static async Task<float[]> WeightsAsync(IBatchSource source, NetworkOptions options) =>
        (await NetworkTrainer.TrainAsync(source, options, null, TestContext.Current.CancellationToken)).Network.Parameters;

    private static async Task<float[]> ProbabilitiesAsync(NetworkModel model, IBatchSource source)
    {
        var all = new List<float>();
        await model.ScoreAsync(source, 300, (_, probabilities) => all.AddRange(probabilities), TestContext.Current.CancellationToken);
        return [.. all];
    }

    private static async Task<TestReport> TestAsync(NetworkModel model, IBatchSource source)
    {
        var scoreboard = new Scoreboard();
        await model.ScoreAsync(
            source,
            300,
            (labels, probabilities) =>
            {
                for (int i = 0; i < labels.Length; i++)
                {
                    scoreboard.Add(labels[i] > 0.5f, probabilities[i], probabilities[i] > 0.5f);
                }
            },
            TestContext.Current.CancellationToken);
        return scoreboard.Sum();
    }
}
