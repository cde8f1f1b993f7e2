using SusyDemo;
using SusyDemo.Data.Generation;
using SusyDemo.Network;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Network;

/// <summary>A training that is interrupted and goes on ends as one that is not.</summary>
public sealed class TrainingStateTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Interrupted_again_and_again_it_ends_with_the_same_weights()
    {
        var file = new TrainingStateFile(Path.Combine(_directory.Path, "network.training"));
        NetworkOptions options = new() { Shape = [new(16, 0.2), new(8, 0.2)], BatchSize = 20, Epochs = 3, State = file, Resume = true };
        InMemoryEvents Events() => InMemoryEvents.From(new SusyEventGenerator(1, 1500));
        NetworkModel whole = await NetworkTrainer.TrainAsync(Events(), options, null, Token);
        Assert.False(File.Exists(file.Path));

        int interruptions = 0;
        NetworkModel? resumed = null;
        while (resumed is null)
        {
            InMemoryEvents events = Events();
            events.FailAfter = 58 + (17 * interruptions); // 225 steps in all, and a state after each 50
            try
            {
                resumed = await NetworkTrainer.TrainAsync(events, options, null, Token);
            }
            catch (IOException e) when (e.Message == "interrupted")
            {
                interruptions++;
                Assert.True(interruptions < 10, "it does not come to an end");
            }
        }

        Assert.InRange(interruptions, 3, 9);
        Assert.Equal(whole.Network.Parameters, resumed.Network.Parameters);
        Assert.Equal(whole.Curve, resumed.Curve);
        Assert.Equal(whole.Standardizer.Means, resumed.Standardizer.Means);
        Assert.Empty(Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public async Task Of_another_training_it_does_not_go_on()
    {
        var file = new TrainingStateFile(Path.Combine(_directory.Path, "network.training"));
        NetworkOptions options = new() { Shape = [new(4, 0)], BatchSize = 10, State = file, Resume = true };
        InMemoryEvents events = InMemoryEvents.From(new SusyEventGenerator(1, 700));
        events.FailAfter = 60;
        await Assert.ThrowsAsync<IOException>(() => NetworkTrainer.TrainAsync(events, options, null, Token));
        foreach ((NetworkOptions other, string difference) in ((NetworkOptions, string)[])[(options with { BatchSize = 11 }, "a batch size of 10"), (options with { Seed = 2 }, "the seed 1"), (options with { Shape = [new(5, 0)] }, "another network")])
        {
            DemoException e = await Assert.ThrowsAsync<DemoException>(() => NetworkTrainer.TrainAsync(events, other, null, Token));
            Assert.Contains(difference, e.Message);
        }

        await File.WriteAllTextAsync(file.Path, "no archive", Token);
        Assert.Contains("cannot be read as the state of a training", Assert.Throws<DemoException>(() => file.Load()).Message);
    }
}
