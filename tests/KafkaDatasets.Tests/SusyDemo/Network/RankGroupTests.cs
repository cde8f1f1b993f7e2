using System.Diagnostics;
using System.Net.Sockets;
using KafkaDatasets.Tests.LightGbm;
using SusyDemo;
using SusyDemo.Data.Generation;
using SusyDemo.Network;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Network;

/// <summary>Several ranks train one network; here they are tasks of this process, connected as processes are.</summary>
public sealed class RankGroupTests : IDisposable
{
    /// <summary>Two hidden layers with dropout, so that a row's dropout must not depend on the rank; 1,130 rows are 11 batches and a short one.</summary>
    private static readonly NetworkOptions Options = new() { Shape = [new(16, 0.2), new(8, 0.2)], BatchSize = 100, Epochs = 2 };

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Any_number_of_ranks_gives_the_weights_of_one_but_for_rounding_and_the_same_number_the_same_bits()
    {
        NetworkModel alone = await NetworkTrainer.TrainAsync(Events(), Options, null, Token);
        foreach (int world in (int[])[1, 2, 3, 4, 7])
        {
            NetworkModel[] models = await TrainAsync(world, Options);
            NetworkModel[] again = await TrainAsync(world, Options with { Threads = 1 });

            Assert.All(models, m => Assert.Equal(models[0].Network.Parameters, m.Network.Parameters));
            Assert.All(models, m => Assert.Equal(models[0].Curve, m.Curve));
            Assert.Equal(models[0].Network.Parameters, again[0].Network.Parameters);
            Assert.Equal(2 * 1130, models[0].Curve[^1].Rows);
            Assert.Equal(alone.Standardizer.Means, models[^1].Standardizer.Means);
            float[] differences = [.. alone.Network.Parameters.Zip(models[0].Network.Parameters, (a, b) => Math.Abs(a - b))];
            Assert.True(differences.Max() < 1e-4, $"with {world} ranks a weight differs by {differences.Max()}");
            Assert.All(alone.Curve.Zip(models[0].Curve), p => Assert.Equal(p.First.Loss, p.Second.Loss, 1e-4));
        }
    }

    [Fact]
    public async Task Ranks_train_from_their_own_rows_alone()
    {
        // 2 of 3 rows of each batch are lost to the model if the gradient of other ranks is not added: the weights would be far apart.
        NetworkModel[] whole = await TrainAsync(3, Options);
        NetworkModel third = await NetworkTrainer.TrainAsync(new FirstRankAlone(Events()), Options, null, Token);

        Assert.True(whole[0].Network.Parameters.Zip(third.Network.Parameters, (a, b) => Math.Abs(a - b)).Max() > 0.01);
    }

    [Fact]
    public async Task An_interrupted_training_goes_on_with_another_number_of_ranks()
    {
        NetworkOptions small = Options with { BatchSize = 20 }; // 114 steps, a state after the 50th and the 100th
        NetworkModel alone = await NetworkTrainer.TrainAsync(Events(), small, null, Token);
        var file = new TrainingStateFile(_directory.File("network.training"));
        NetworkOptions kept = small with { State = file, Resume = true };

        await Assert.ThrowsAsync<DemoException>(() => TrainAsync(3, kept, failingRank: 2, failAfter: 58));
        Assert.Equal(50, file.Load()!.Steps);
        await Assert.ThrowsAsync<DemoException>(() => TrainAsync(2, kept, failingRank: 1, failAfter: 55));
        Assert.Equal(100, file.Load()!.Steps);
        NetworkModel[] resumed = await TrainAsync(4, kept);

        Assert.True(alone.Network.Parameters.Zip(resumed[3].Network.Parameters, (a, b) => Math.Abs(a - b)).Max() < 1e-4);
        Assert.Equal(alone.Curve.Count, resumed[0].Curve.Count);
        Assert.Empty(Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public async Task A_rank_that_ends_ends_the_others_with_an_error_that_names_it()
    {
        string coordinator = RankTopic.Coordinator();
        Task<NetworkModel>[] ranks = [.. Enumerable.Range(0, 3).Select(rank => RankAsync(new RankGroupOptions(rank, 3, coordinator), Options with { Epochs = 1000 }, rank == 1 ? 30 : int.MaxValue))];

        await Assert.ThrowsAsync<IOException>(() => ranks[1]);
        Assert.Matches("^Rank 1 is lost: it closed its connection.*--resume", (await Assert.ThrowsAsync<DemoException>(() => ranks[0])).Message);
        Assert.Matches("^Rank 0 is lost: it closed its connection", (await Assert.ThrowsAsync<DemoException>(() => ranks[2])).Message);
    }

    [Fact]
    public async Task A_silent_rank_is_lost_after_the_timeout_and_a_wait_can_be_cancelled()
    {
        string coordinator = RankTopic.Coordinator();
        Task<RankGroup> first = RankGroup.JoinAsync(new RankGroupOptions(0, 2, coordinator) { StartTimeout = TimeSpan.FromSeconds(30), Timeout = TimeSpan.FromSeconds(0.3) }, Token);
        using RankGroup silent = await RankGroup.JoinAsync(new RankGroupOptions(1, 2, coordinator), Token);
        using RankGroup waiting = await first;
        Task<StepSums> theirs = silent.SumAsync([1, 2], new StepSums(1, 2, 3), Token);
        float[] gradient = [10, 20];

        Assert.Equal(new StepSums(5, 7, 9), await waiting.SumAsync(gradient, new StepSums(4, 5, 6), Token));
        Assert.Equal([11f, 22f], gradient);
        await theirs;

        long start = Stopwatch.GetTimestamp();
        DemoException e = await Assert.ThrowsAsync<DemoException>(() => waiting.SumAsync(gradient, default, Token));
        Assert.StartsWith("Rank 1 is lost: it has been silent for 0.3 s.", e.Message);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0.25, 20);

        using var cancellation = new CancellationTokenSource();
        Task<StepSums> cancelled = silent.SumAsync([1, 2], default, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
    }

    [Fact]
    public async Task Who_is_not_a_rank_is_turned_away_and_a_missing_rank_is_named()
    {
        string coordinator = RankTopic.Coordinator();
        var options = new RankGroupOptions(0, 3, coordinator) { StartTimeout = TimeSpan.FromSeconds(4) };
        Task<RankGroup> first = RankGroup.JoinAsync(options, Token);
        Task<RankGroup> second = RankGroup.JoinAsync(new RankGroupOptions(1, 3, coordinator), Token);
        using (RankGroup joined = await second)
        {
            using var stranger = new TcpClient();
            await stranger.ConnectAsync(options.Endpoint.Host, options.Endpoint.Port, Token);
            await stranger.GetStream().WriteAsync("GET / HTTP/1.1\r\n"u8.ToArray(), Token);
            Assert.Equal(0, await stranger.GetStream().ReadAsync(new byte[1], Token));

            Assert.StartsWith("Rank 2 did not connect within 4 s", (await Assert.ThrowsAsync<DemoException>(() => first)).Message);
        }

        var absent = new RankGroupOptions(1, 2, coordinator) { StartTimeout = TimeSpan.FromSeconds(0.3) };
        Assert.StartsWith("Rank 0 did not connect within 0.3 s", (await Assert.ThrowsAsync<DemoException>(() => RankGroup.JoinAsync(absent, Token))).Message);
    }

    [Theory]
    [InlineData(1, 4, "Rank 1 was started with --world 4, and rank 0 with --world 3")]
    [InlineData(2, 3, "Rank 2 was started twice")]
    public async Task Ranks_that_do_not_fit_together_are_an_error(int rank, int world, string message)
    {
        string coordinator = RankTopic.Coordinator();
        Task<RankGroup> first = RankGroup.JoinAsync(new RankGroupOptions(0, 3, coordinator), Token);
        using RankGroup second = await RankGroup.JoinAsync(new RankGroupOptions(2, 3, coordinator), Token);
        using RankGroup wrong = await RankGroup.JoinAsync(new RankGroupOptions(rank, world, coordinator), Token);

        Assert.StartsWith(message, (await Assert.ThrowsAsync<DemoException>(() => first)).Message);
    }

    [Fact]
    public async Task Other_options_than_those_of_rank_0_are_an_error()
    {
        string coordinator = RankTopic.Coordinator();
        Task<NetworkModel> first = RankAsync(new RankGroupOptions(0, 2, coordinator), Options);
        Task<NetworkModel> second = RankAsync(new RankGroupOptions(1, 2, coordinator), Options with { BatchSize = 50 });

        Assert.StartsWith("Rank 0 has a batch size of 100, and rank 1 has not", (await Assert.ThrowsAsync<DemoException>(() => second)).Message);
        Assert.StartsWith("Rank 1 is lost", (await Assert.ThrowsAsync<DemoException>(() => first)).Message);
    }

    private static InMemoryEvents Events() => InMemoryEvents.From(new SusyEventGenerator(1, 1130));

    private static async Task<NetworkModel[]> TrainAsync(int world, NetworkOptions options, int failingRank = -1, int failAfter = 0)
    {
        string coordinator = RankTopic.Coordinator();
        return await Task.WhenAll(Enumerable.Range(0, world).Select(rank => RankAsync(
            new RankGroupOptions(rank, world, coordinator), rank == 0 ? options : options with { State = null }, rank == failingRank ? failAfter : int.MaxValue)));
    }

    private static async Task<NetworkModel> RankAsync(RankGroupOptions ranks, NetworkOptions options, int failAfter = int.MaxValue)
    {
        using RankGroup group = await RankGroup.JoinAsync(ranks, Token);
        InMemoryEvents events = Events();
        events.FailAfter = failAfter;
        return await NetworkTrainer.TrainAsync(events, options with { Ranks = group }, null, Token);
    }

    /// <summary>The rows of the first of three ranks.</summary>
    private sealed class FirstRankAlone(InMemoryEvents events) : IBatchSource
    {
        public IReadOnlyList<string> Features => events.Features;

        public string Snapshot => events.Snapshot;

        public IAsyncEnumerable<IRowBatch> ReadBatchesAsync(int batchSize, Epoch? epoch, CancellationToken cancellationToken) =>
            events.ReadBatchesAsync(batchSize, epoch is null ? null : epoch with { World = 3 }, cancellationToken);
    }
}
