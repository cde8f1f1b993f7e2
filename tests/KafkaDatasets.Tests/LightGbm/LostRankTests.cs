using System.Net;
using System.Net.Sockets;
using KafkaDatasets.LightGbm;
using KafkaDatasets.LightGbm.Collectives;
using Xunit;

namespace KafkaDatasets.Tests.LightGbm;

/// <summary>Ranks that end, are silent, or do not belong together: the others throw, and say which one and why.</summary>
public sealed class LostRankTests(RankTopic topic) : IClassFixture<RankTopic>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task When_one_rank_is_cancelled_in_an_iteration_the_others_say_so_and_a_restart_continues()
    {
        string directory = Directory.CreateTempSubdirectory("lightgbm").FullName;
        var options = new LightGbmOptions { Iterations = 30, Threads = 1, Leaves = 7, CheckpointDirectory = directory, CheckpointInterval = 1000 };
        string coordinator = RankTopic.Coordinator();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        Task<LightGbmModel>[] ranks =
        [
            .. Enumerable.Range(0, 3).Select(rank => LightGbmTrainer.TrainAsync(
                RankTopic.Name,
                topic.Options,
                options with { World = new LightGbmWorld(rank, 3, coordinator), Progress = new CallAt(12, () => { if (rank == 1) { cancel.Cancel(); } }) },
                rank == 1 ? cancel.Token : Cancelled)),
        ];

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ranks[1]);
        RankLostException lost = await Assert.ThrowsAsync<RankLostException>(() => ranks[0]);
        await Assert.ThrowsAsync<RankLostException>(() => ranks[2]);
        Assert.Equal(1, lost.Rank);
        Assert.Contains("Rank 1", lost.Message);

        // Again, with another number of ranks: from the iteration after the last one that a rank completed.
        var iterations = new List<int>();
        LightGbmModel restarted = await RankTopic.TrainAsync(2, topic.Options, options with { Progress = new CallAt(null, null, iterations) });
        LightGbmModel whole = await RankTopic.TrainAsync(3, topic.Options, options with { CheckpointDirectory = null });

        Assert.Equal(12, iterations.Min());
        Assert.Equal(30, restarted.Iterations);
        Assert.Equal(RankTopic.Values(whole.Text, "split_feature"), RankTopic.Values(restarted.Text, "split_feature"));
        Assert.All(RankTopic.Values(whole.Text, "leaf_value").Zip(RankTopic.Values(restarted.Text, "leaf_value")), l => Assert.Equal(l.First, l.Second, 1e-6));
        Assert.Empty(Directory.GetFiles(directory));
        Directory.Delete(directory);
    }

    [Fact]
    public async Task Ranks_with_other_options_are_told_so()
    {
        string coordinator = RankTopic.Coordinator();
        Task<LightGbmModel>[] ranks =
        [
            .. Enumerable.Range(0, 2).Select(rank => LightGbmTrainer.TrainAsync(RankTopic.Name, topic.Options, new LightGbmOptions { Leaves = 7 + rank, World = new LightGbmWorld(rank, 2, coordinator) }, Cancelled)),
        ];

        LightGbmException e = await Assert.ThrowsAnyAsync<LightGbmException>(() => ranks[0]);
        await Assert.ThrowsAnyAsync<LightGbmException>(() => ranks[1]);
        Assert.Contains("have different options", e.Message);
    }

    [Fact]
    public async Task A_rank_that_does_not_start_is_named()
    {
        var world = new LightGbmWorld(0, 2, RankTopic.Coordinator()) { StartTimeout = TimeSpan.FromMilliseconds(200) };

        RankLostException e = await Assert.ThrowsAsync<RankLostException>(() => LightGbmTrainer.TrainAsync(RankTopic.Name, topic.Options, new LightGbmOptions { World = world }, Cancelled));

        Assert.Equal(1, e.Rank);
        Assert.Contains("Rank 1 did not connect within 0.2 s", e.Message);
    }

    [Fact]
    public async Task A_rank_that_is_silent_is_lost_after_the_timeout_and_one_that_only_works_is_not()
    {
        (Socket first, Socket second) = await PairAsync();
        using Socket silent = second;
        using var links = new RankLinks(0, [null, new RankLink(1, first)], TimeSpan.FromMilliseconds(300), TimeProvider.System);

        RankLostException e = await Assert.ThrowsAsync<RankLostException>(() => OnThread(() => links.AllGather([1, 2, 3], Cancelled)));
        Assert.Contains("Rank 1 has been silent for 0.3 s", e.Message);

        // The other one is busy for longer than that; its timer sends signs of life.
        (first, second) = await PairAsync();
        using var waiting = new RankLinks(0, [null, new RankLink(1, first)], TimeSpan.FromSeconds(1), TimeProvider.System);
        using var busy = new RankLinks(1, [new RankLink(0, second), null], TimeSpan.FromSeconds(1), TimeProvider.System);
        Task<byte[][]> gathered = OnThread(() => waiting.AllGather([1, 2, 3], Cancelled));
        await Assert.ThrowsAsync<TimeoutException>(() => gathered.WaitAsync(TimeSpan.FromSeconds(2), Cancelled));
        byte[][] other = await OnThread(() => busy.AllGather([4], Cancelled));

        Assert.Equal([[1, 2, 3], [4]], await gathered);
        Assert.Equal([[1, 2, 3], [4]], other);
    }

    [Fact]
    public async Task Ranks_gather_bytes_of_any_length()
    {
        const int Size = 4;
        string coordinator = RankTopic.Coordinator();
        RankLinks[] all = await Task.WhenAll(Enumerable.Range(0, Size).Select(r => new Rendezvous(new LightGbmWorld(r, Size, coordinator), TimeProvider.System).ConnectAsync(Cancelled)));
        var random = new Random(3);
        for (int round = 0; round < 30; round++)
        {
            byte[][] sent = [.. Enumerable.Range(0, Size).Select(_ => new byte[random.Next(3) == 0 ? 0 : random.Next(1, 1 << random.Next(1, 21))])];
            Array.ForEach(sent, random.NextBytes);
            byte[][][] received = await Task.WhenAll(all.Select((links, rank) => OnThread(() => links.AllGather(sent[rank], Cancelled))));
            Assert.All(received, r => Assert.True(r.Zip(sent).All(b => b.First.AsSpan().SequenceEqual(b.Second)))); // a megabyte is much for Assert.Equal
        }

        all[2].End("the disk is full.");
        RankLostException e = await Assert.ThrowsAsync<RankLostException>(() => OnThread(() => all[0].AllGather([1], Cancelled)));
        Assert.Equal("Rank 2 ended: the disk is full. Look into its output, and start all ranks again: with CheckpointDirectory set, training continues where it was.", e.Message);
        Array.ForEach(all, links => links.Dispose());
    }

    [Fact]
    public async Task A_missing_label_names_its_record()
    {
        KafkaDatasetOptions dataset = topic.Options with { Label = LabelColumn.Category(nameof(RankTopic.Order.Size), ["small", "medium"]), OnBadRecord = BadRecordPolicy.Throw };

        KafkaDatasetException e = await Assert.ThrowsAnyAsync<KafkaDatasetException>(() => RankTopic.TrainAsync(1, dataset, new LightGbmOptions { Iterations = 1 }));

        Assert.Equal(RankTopic.Name, e.Topic);
        Assert.NotNull(e.Offset);
    }

    /// <summary>An exchange blocks, so each has a thread.</summary>
    private static Task<T> OnThread<T>(Func<T> work) => Task.Factory.StartNew(work, Cancelled, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static async Task<(Socket First, Socket Second)> PairAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var first = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(listener.LocalEndpoint, Cancelled);
        return (first, await listener.AcceptSocketAsync(Cancelled));
    }

    /// <summary>Calls something at an iteration, and notes the iterations that it hears of while trees are grown.</summary>
    private sealed class CallAt(int? iteration, Action? call, List<int>? heard = null) : IProgress<LightGbmProgress>
    {
        public void Report(LightGbmProgress value)
        {
            if (value.Phase == LightGbmPhase.Training && value.Iteration == iteration)
            {
                call!();
            }

            if (heard is not null)
            {
                lock (heard)
                {
                    heard.Add(value.Phase == LightGbmPhase.Connecting ? int.MaxValue : value.Iteration);
                }
            }
        }
    }
}
