using KafkaDatasets.LightGbm;
using Xunit;

namespace KafkaDatasets.Tests.LightGbm;

public sealed class LightGbmOptionsTests
{
    private static readonly KafkaDatasetOptions Dataset = new() { BootstrapServers = "localhost:9092" };

    [Fact]
    public async Task Every_fault_is_listed()
    {
        var options = new LightGbmOptions
        {
            Iterations = 0,
            LearningRate = double.NaN,
            EarlyStoppingRounds = 5,
            World = new LightGbmWorld(1, 2, "nowhere") { Timeout = TimeSpan.Zero },
            Parameters = new Dictionary<string, string> { ["machines"] = "10.0.0.1:1", ["lambda_l2"] = "1 objective=none" },
            CheckpointDirectory = " ",
        };

        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => LightGbmTrainer.TrainAsync("orders", Dataset, options, TestContext.Current.CancellationToken));

        Assert.Equal(9, e.Faults.Count);
        Assert.Contains("Iterations is 0, less than 1", e.Message);
        Assert.Contains("the dataset has no Label", e.Message);
        Assert.Contains("the coordinator 'nowhere' is not host:port", e.Message);
        Assert.Contains("Parameters sets 'machines': use World", e.Message);
    }

    [Theory]
    [InlineData(null, null, "127.0.0.1:29500")]
    [InlineData("trainer-0", null, "trainer-0:29500")]
    [InlineData("10.1.2.3", "4000", "10.1.2.3:4000")]
    [InlineData("fd00::1", "4000", "[fd00::1]:4000")]
    public void The_coordinator_is_read_from_the_environment(string? address, string? port, string expected)
    {
        var world = LightGbmWorld.From(new Shard(1, 3), name => name switch { "MASTER_ADDR" => address, "MASTER_PORT" => port, _ => null });

        Assert.Equal((1, 3, expected), (world.Rank, world.Size, world.Coordinator));
    }

    [Fact]
    public void A_port_that_is_none_is_a_fault() =>
        Assert.Throws<InvalidOptionsException>(() => LightGbmWorld.From(Shard.Whole, name => name == "MASTER_PORT" ? "70000" : null));
}
