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

    /// <summary>LightGBM's thread library ends the whole process when it cannot have the threads.</summary>
    [Fact]
    public async Task More_threads_than_any_machine_has_are_a_fault()
    {
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => LightGbmTrainer.TrainAsync(
            "orders", Dataset with { Label = LabelColumn.Binary("y") }, new LightGbmOptions { Threads = int.MaxValue }, TestContext.Current.CancellationToken));
        Assert.Contains("Threads is 2147483647, more than 1024", Assert.Single(e.Faults));
    }

    /// <summary>LightGBM ignores a parameter that it does not know, and takes any of several names for one: both would be a surprise.</summary>
    [Theory]
    [InlineData("lamda_l2", "sets 'lamda_l2', which LightGBM does not have")]
    [InlineData("n_estimators", "another name of 'num_iterations': use Iterations")]
    [InlineData("eta", "another name of 'learning_rate': use LearningRate")]
    public async Task Names_of_parameters_are_checked(string name, string expected)
    {
        var options = new LightGbmOptions { Parameters = new Dictionary<string, string> { [name] = "1", ["reg_lambda"] = "2", ["lambda_l1"] = "1" } };

        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() =>
            LightGbmTrainer.TrainAsync("orders", Dataset with { Label = LabelColumn.Binary("y") }, options, TestContext.Current.CancellationToken));

        Assert.Contains(expected, Assert.Single(e.Faults));
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
