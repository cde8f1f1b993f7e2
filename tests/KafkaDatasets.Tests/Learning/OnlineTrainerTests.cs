using KafkaDatasets.Tests.Fetching;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Learning;

/// <summary>Learning from the embedded broker: each row once, whatever ends the learner.</summary>
public sealed class OnlineTrainerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Learning_goes_on_from_the_checkpoint_and_gives_the_model_of_learning_in_memory()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(3000);
        await using (OnlineTrainer trainer = await topic.StartAsync("a"))
        {
            OnlineProgress end = await trainer.RunAsync(StopAt.CaughtUp, Token);
            Assert.Equal(3000, end.Rows);
            Assert.Equal(LearningTopic.Expected(3000), LearnerRows.StateOf(trainer.Learner));
            Assert.Equal(3000, end.Checkpoint!.Positions[0]);
            Assert.InRange(end.Metrics.Auc, 0.6, 0.99);
            Assert.Equal(3, Directory.GetFiles(topic.Directory, "*.checkpoint").Length);
        }

        // Another group has committed nothing, and the same group everything: neither counts.
        await topic.WriteAsync(500);
        IOnlineLearner learner = LearningTopic.Learner();
        await using (OnlineTrainer trainer = await topic.StartAsync("b", learner))
        {
            Assert.Equal(3000, learner.Rows);
            OnlineProgress end = await trainer.RunAsync(StopAt.CaughtUp, Token);
            Assert.Equal(LearningTopic.Expected(3500), LearnerRows.StateOf(learner));
            Assert.Equal(3500, end.Metrics.Rows);
        }

        await using (OnlineTrainer trainer = await topic.StartAsync("a", store: CheckpointStore.Directory(Path.Combine(topic.Directory, "fresh"))))
        {
            Assert.Equal(3500, (await trainer.RunAsync(StopAt.CaughtUp, Token)).Rows);
        }
    }

    [Fact]
    public async Task Replay_learns_the_same_model_from_several_partitions()
    {
        using var topic = new LearningTopic(partitions: 3);
        await topic.WriteAsync(5000);
        IOnlineLearner live = Batches();
        await using (OnlineTrainer trainer = await topic.StartAsync("a", live, with: o => o with { BatchSize = 500 }))
        {
            await trainer.RunAsync(StopAt.Offsets(new Dictionary<int, long> { [0] = 900, [1] = 10, [2] = 1000 }), Token);
        }

        LearningCheckpoint early = (await topic.Store.ReadLatestAsync(Token))!;
        await topic.WriteAsync(1000);
        live = Batches();
        OnlineProgress end;
        await using (OnlineTrainer trainer = await topic.StartAsync("a", live, with: o => o with { BatchSize = 500 }))
        {
            end = await trainer.RunAsync(StopAt.CaughtUp, Token);
        }

        Assert.Equal(6000, live.Rows);
        IOnlineLearner again = Batches();
        PrequentialMetrics metrics = await OnlineTrainer.ReplayAsync(LearningTopic.Name, topic.Dataset, again, topic.Store, cancellationToken: Token);
        Assert.Equal(LearnerRows.StateOf(live), LearnerRows.StateOf(again));
        Assert.Equal(end.Metrics, metrics);

        again = Batches();
        await OnlineTrainer.ReplayAsync(LearningTopic.Name, topic.Dataset, again, topic.Store, early, Token);
        IOnlineLearner expected = Batches();
        early.Restore(expected);
        Assert.Equal(LearnerRows.StateOf(expected), LearnerRows.StateOf(again));

        // The boundaries of batches matter to this learner: another one of the same rows in other batches differs.
        static IOnlineLearner Batches() => OnlineLearner.MLNet(["a", "b", "c"], ml => ml.BinaryClassification.Trainers.AveragedPerceptron());
    }

    [Fact]
    public async Task The_newest_valid_checkpoint_counts_and_none_valid_is_an_error()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(2000);
        await LearnAsync(topic);

        string[] files = [.. Directory.GetFiles(topic.Directory, "*.checkpoint").Order()];
        var random = new Random(3);
        for (int i = 0; i < 20; i++)
        {
            byte[] bytes = await File.ReadAllBytesAsync(files[^1], Token);
            byte[] damaged = i % 2 == 0 ? bytes[..random.Next(bytes.Length)] : [.. bytes];
            if (i % 2 != 0)
            {
                damaged[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            }

            await File.WriteAllBytesAsync(files[^1], damaged, Token);
            Assert.Equal(files[^2], (await topic.Store.ReadLatestAsync(Token))!.Location);
            await File.WriteAllBytesAsync(files[^1], bytes, Token);
        }

        // Going on from the one before learns the same rows again, and the journal follows.
        await File.WriteAllBytesAsync(files[^1], new byte[100], Token);
        IOnlineLearner learner = LearningTopic.Learner();
        await using (OnlineTrainer trainer = await topic.StartAsync("a", learner))
        {
            Assert.InRange(learner.Rows, 1, 1999);
            await trainer.RunAsync(StopAt.CaughtUp, Token);
        }

        Assert.Equal(LearningTopic.Expected(2000), LearnerRows.StateOf(learner));
        IOnlineLearner again = LearningTopic.Learner();
        await OnlineTrainer.ReplayAsync(LearningTopic.Name, topic.Dataset, again, topic.Store, cancellationToken: Token);
        Assert.Equal(LearningTopic.Expected(2000), LearnerRows.StateOf(again));

        foreach (string file in Directory.GetFiles(topic.Directory, "*.checkpoint"))
        {
            await File.WriteAllTextAsync(file, "x", Token);
        }

        CheckpointException e = await Assert.ThrowsAsync<CheckpointException>(() => topic.StartAsync("a"));
        Assert.Contains(files[^1], e.Message);
    }

    [Fact]
    public async Task A_directory_is_used_by_one_learner_at_a_time()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(100);
        await using OnlineTrainer trainer = await topic.StartAsync("a");
        CheckpointException e = await Assert.ThrowsAsync<CheckpointException>(() => topic.StartAsync("b"));
        Assert.Contains("used by another process or learner", e.Message);
    }

    [Fact]
    public async Task Checkpoints_of_something_else_are_refused_and_say_why()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(100);
        await LearnAsync(topic);

        CheckpointException e = await Assert.ThrowsAsync<CheckpointException>(() => topic.StartAsync("a", OnlineLearner.AdaGrad(OnlineTask.BinaryClassification, ["a", "b", "c"])));
        Assert.Contains("ftrl-logistic", e.Message);
        InvalidOptionsException features = await Assert.ThrowsAsync<InvalidOptionsException>(() => topic.StartAsync("a", OnlineLearner.Ftrl(OnlineTask.BinaryClassification, ["c", "b", "a"]), CheckpointStore.Directory(Path.Combine(topic.Directory, "b"))));
        Assert.Contains("c, b, a", features.Message);
        Assert.Contains("Binary", (await Assert.ThrowsAsync<InvalidOptionsException>(() => topic.StartAsync("a", OnlineLearner.Ftrl(OnlineTask.Regression, ["a", "b", "c"])))).Message);

        using var other = new LearningTopic();
        await other.WriteAsync(10);
        await Assert.ThrowsAsync<DataLossException>(() => other.StartAsync("a", store: topic.Store));
    }

    /// <summary>The learner would read its own checkpoints as rows, and nobody could read the topic any more.</summary>
    [Fact]
    public async Task Checkpoints_have_a_topic_of_their_own()
    {
        using var topic = new LearningTopic();
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => topic.StartAsync("a", store: CheckpointStore.Topic(LearningTopic.Name, "a", topic.Dataset)));
        Assert.Contains("Checkpoints are in topic 'events', which is learned from", Assert.Single(e.Faults));
        e = await Assert.ThrowsAsync<InvalidOptionsException>(() => topic.StartAsync("a", store: CheckpointStore.Topic("my models", "a", topic.Dataset)));
        Assert.Contains("Checkpoints: the topic's name 'my models'", Assert.Single(e.Faults));
    }

    [Fact]
    public async Task Neither_a_trainer_nor_a_replay_goes_on_with_another_split()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(1000);
        await LearnAsync(topic);

        KafkaDatasetOptions half = topic.Dataset with { Split = DatasetSplit.ByOffset(0, 0.5) };
        CheckpointException e = await Assert.ThrowsAsync<CheckpointException>(() => OnlineTrainer.ReplayAsync(LearningTopic.Name, half, LearningTopic.Learner(), topic.Store, cancellationToken: Token));
        Assert.Contains($"has learned every row of topic 'events', and KafkaDatasetOptions.Split is the split {half.Split}", e.Message);
        var options = new OnlineTrainerOptions { Live = new LiveOptions { GroupId = "b" }, Checkpoints = topic.Store };
        Assert.Equal(e.Message, (await Assert.ThrowsAsync<CheckpointException>(() => OnlineTrainer.StartAsync(LearningTopic.Name, half, LearningTopic.Learner(), options, Token))).Message);
    }

    [Fact]
    public async Task Files_of_others_beside_the_checkpoints_stay_and_what_cannot_be_a_journal_is_named()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(100);
        string notes = Path.Combine(topic.Directory, "notes.tmp");
        string unfinished = Path.Combine(topic.Directory, "000000000001.checkpoint.tmp");
        await File.WriteAllTextAsync(notes, "mine", Token);
        await File.WriteAllTextAsync(unfinished, "of a killed process", Token);
        await using (await topic.StartAsync("a"))
        {
            Assert.True(File.Exists(notes));
            Assert.False(File.Exists(unfinished));
        }

        Directory.CreateDirectory(Path.Combine(topic.Directory, "journal"));
        CheckpointException e = await Assert.ThrowsAsync<CheckpointException>(() => topic.StartAsync("a"));
        Assert.Contains("journal", e.Message);
    }

    [Fact]
    public async Task Checkpoints_in_a_topic_need_a_real_Kafka()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(10);
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => topic.StartAsync("a", store: CheckpointStore.Topic("models", "a", topic.Dataset)));
        Assert.Contains("embedded Kafka", e.Message);
    }

    /// <summary>While no row arrives, too, the checkpoint is written in time; cancelling writes what is left.</summary>
    [Fact]
    public async Task Checkpoints_are_written_by_time_and_when_learning_is_cancelled()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(250);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using (OnlineTrainer trainer = await topic.StartAsync("a", with: o => o with { CheckpointInterval = TimeSpan.FromMilliseconds(50) }))
        {
            Task run = trainer.RunAsync(StopAt.Never, cancel.Token);
            await Until.TrueAsync(() => trainer.Checkpoint?.Rows == 250, "a checkpoint of all rows", 30);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        }

        await topic.WriteAsync(50);
        using var second = CancellationTokenSource.CreateLinkedTokenSource(Token);
        IOnlineLearner learner = LearningTopic.Learner();
        var told = new Told(p => { if (p.Rows == 300) { second.Cancel(); } });
        await using (OnlineTrainer trainer = await topic.StartAsync("a", learner, with: o => o with { Progress = told }))
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                while (true)
                {
                    await trainer.RunAsync(StopAt.IdleFor(TimeSpan.FromMilliseconds(100)), second.Token);
                }
            });
        }

        Assert.Equal(300, (await topic.Store.ReadLatestAsync(Token))!.Rows);
        Assert.Equal(LearningTopic.Expected(300), LearnerRows.StateOf(learner));
    }

    /// <summary>A group has one learner: the newest one takes over.</summary>
    [Fact]
    public async Task A_second_learner_of_a_group_ends_the_first()
    {
        using var topic = new LearningTopic(partitions: 2);
        await topic.WriteAsync(3000);
        await using OnlineTrainer first = await topic.StartAsync("a");
        Task<OnlineProgress> run = first.RunAsync(StopAt.Never, Token);
        await Until.TrueAsync(() => first.Checkpoint is not null, "a checkpoint of the first", 30);
        IOnlineLearner learner = LearningTopic.Learner();
        await using OnlineTrainer second = await topic.StartAsync("a", learner, CheckpointStore.Directory(Path.Combine(topic.Directory, "second")));
        PartitionsLostException e = await Assert.ThrowsAsync<PartitionsLostException>(() => run);
        Assert.Contains("one learner", e.Message);
        await first.DisposeAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<OnlineProgress> rest = second.RunAsync(StopAt.Never, cancel.Token);
        await Until.TrueAsync(() => rest.IsCompleted || learner.Rows == 3000, "all rows", 30);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rest);
        Assert.Equal(3000, learner.Rows);
    }

    /// <summary>A group's consumer gives its partitions up when it cannot reach the brokers for a session: that is no other learner.</summary>
    [Fact]
    public async Task An_outage_that_costs_the_partitions_is_named()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(1000);
        KafkaDatasetOptions options = topic.Dataset with { Timeout = TimeSpan.FromSeconds(2), ClientConfig = new Dictionary<string, string> { ["group.protocol"] = "classic" } };
        await using OnlineTrainer trainer = await OnlineTrainer.StartAsync(
            LearningTopic.Name,
            options,
            LearningTopic.Learner(),
            new OnlineTrainerOptions { Live = new LiveOptions { GroupId = "a" }, Checkpoints = topic.Store, CheckpointRows = 700, BatchSize = 100 },
            Token);
        Task<OnlineProgress> run = trainer.RunAsync(StopAt.Never, Token);
        await Until.TrueAsync(() => trainer.Checkpoint is not null, "a checkpoint", 30);
        topic.StopBrokers();
        BrokerException e = await Assert.ThrowsAsync<BrokerException>(() => run.WaitAsync(TimeSpan.FromSeconds(60), Token));
        Assert.Contains("could not reach the brokers for longer than the session timeout of group 'a'", e.Message);
    }

    /// <summary>The embedded brokers do not find offsets by time; a learner would begin or end elsewhere, and its checkpoint would keep that.</summary>
    [Fact]
    public async Task A_start_or_an_end_by_time_is_refused_on_the_embedded_Kafka()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(10);
        await Assert.ThrowsAsync<InvalidOptionsException>(() => topic.StartAsync("a", with: o => o with { Live = o.Live with { StartAt = LiveStart.At(DateTimeOffset.UnixEpoch) } }));
        await using OnlineTrainer trainer = await topic.StartAsync("a");
        await Assert.ThrowsAsync<InvalidOptionsException>(() => trainer.RunAsync(StopAt.Timestamp(DateTimeOffset.UtcNow), Token));
    }

    /// <summary>Where learning began is part of the checkpoint, for partitions without a row too: what is written to them while the learner is away is learned.</summary>
    [Fact]
    public async Task The_latest_start_is_kept_for_every_partition()
    {
        using var topic = new LearningTopic(partitions: 2);
        await topic.WriteAsync(100); // to partition 0
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using (OnlineTrainer trainer = await topic.StartAsync("a", with: Latest))
        {
            Task run = trainer.RunAsync(StopAt.Never, cancel.Token);
            await Until.TrueAsync(() => trainer.IsAssigned, "partitions", 30);
            await topic.WriteAsync(50); // to partition 0 again: a new writer begins there
            await Until.TrueAsync(() => trainer.Learner.Rows == 50, "the new rows", 30);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        }

        await topic.WriteAsync(2000); // to both
        await using (OnlineTrainer trainer = await topic.StartAsync("a", with: Latest))
        {
            Assert.Equal(2050, (await trainer.RunAsync(StopAt.CaughtUp, Token)).Rows);
        }

        static OnlineTrainerOptions Latest(OnlineTrainerOptions options) => options with { Live = options.Live with { StartAt = LiveStart.Latest } };
    }

    /// <summary>Wall clocks may jump: the number decides which checkpoint is the newest.</summary>
    [Fact]
    public async Task A_clock_that_jumps_back_changes_nothing()
    {
        using var topic = new LearningTopic(time: new JumpingClock());
        await topic.WriteAsync(3000);
        IOnlineLearner learner = LearningTopic.Learner();
        await using (OnlineTrainer trainer = await topic.StartAsync("a", learner))
        {
            await trainer.RunAsync(StopAt.CaughtUp, Token);
        }

        LearningCheckpoint latest = (await topic.Store.ReadLatestAsync(Token))!;
        Assert.Equal(3000, latest.Rows);
        Assert.Equal(LearningTopic.Expected(3000), LearnerRows.StateOf(learner));
        Assert.True(latest.CreatedAt < DateTimeOffset.UnixEpoch.AddYears(50));
    }

    [Fact]
    public async Task A_full_disk_at_a_checkpoint_is_named_and_the_last_checkpoint_stays()
    {
        Assert.SkipUnless(SmallDisk.IsPossible, "Mounting a small disk needs root on Linux.");
        using var topic = new LearningTopic();
        await topic.WriteAsync(1000);
        string folder = Path.Combine(topic.Directory, "small");
        using var disk = new SmallDisk(folder, 1);
        IOnlineLearner learner = LearningTopic.Learner();
        await using (OnlineTrainer trainer = await topic.StartAsync("a", store: CheckpointStore.Directory(folder)))
        {
            await trainer.RunAsync(StopAt.CaughtUp, Token);
            disk.Fill();
            await topic.WriteAsync(500);
            CheckpointException e = await Assert.ThrowsAsync<CheckpointException>(() => trainer.RunAsync(StopAt.CaughtUp, Token));
            Assert.Contains("could not be written", e.Message);
            Assert.StartsWith(folder, e.Location);
        }

        Assert.Equal(1000, (await CheckpointStore.Directory(folder).ReadLatestAsync(Token))!.Rows);
        disk.Free();
        await using (OnlineTrainer trainer = await topic.StartAsync("a", learner, CheckpointStore.Directory(folder)))
        {
            await trainer.RunAsync(StopAt.CaughtUp, Token);
        }

        Assert.Equal(LearningTopic.Expected(1500), LearnerRows.StateOf(learner));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("cut")]
    [InlineData("damaged")]
    [InlineData("complete")]
    public async Task A_journal_that_is_missing_or_damaged_is_told_at_the_start(string state)
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(2000);
        await LearnAsync(topic);
        string journal = Path.Combine(topic.Directory, "journal");
        byte[] bytes = await File.ReadAllBytesAsync(journal, Token);
        switch (state)
        {
            case "missing":
                File.Delete(journal);
                break;
            case "cut":
                await File.WriteAllBytesAsync(journal, bytes[..^5], Token);
                break;
            case "damaged":
                bytes[20] ^= 1;
                await File.WriteAllBytesAsync(journal, bytes, Token);
                break;
        }

        var log = new RecordedLog();
        await using (await OnlineTrainer.StartAsync(LearningTopic.Name, topic.Dataset with { LoggerFactory = log.ToFactory() }, LearningTopic.Learner(), new OnlineTrainerOptions { Live = new LiveOptions { GroupId = "b" }, Checkpoints = topic.Store }, Token))
        {
            Assert.Equal(state == "complete" ? 0 : 1, log.Warnings.Count(w => w.Contains("ReplayAsync cannot learn the model again")));
        }
    }

    /// <summary>A message that a checkpoint is still valid would be believed.</summary>
    [Fact]
    public async Task A_directory_that_was_deleted_meanwhile_is_named()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(1000);
        string folder = Path.Combine(topic.Directory, "gone");
        await using OnlineTrainer trainer = await topic.StartAsync("a", store: CheckpointStore.Directory(folder));
        await trainer.RunAsync(StopAt.CaughtUp, Token);
        Directory.Delete(folder, recursive: true);
        await topic.WriteAsync(500);
        CheckpointException e = await Assert.ThrowsAsync<CheckpointException>(() => trainer.RunAsync(StopAt.CaughtUp, Token));
        Assert.Contains("The directory does not exist any more", e.Message);
        Assert.DoesNotContain("still valid", e.Message);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_used_is_named()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(10);
        string file = Path.Combine(topic.Directory, "file");
        await File.WriteAllTextAsync(file, "x", Token);
        CheckpointException e = await Assert.ThrowsAsync<CheckpointException>(() => topic.StartAsync("a", store: CheckpointStore.Directory(file)));
        Assert.Contains($"'{file}' is a file", e.Message);
    }

    /// <summary>The detector is part of the checkpoint: stopped in between or not, it finds the same change at the same row.</summary>
    [Fact]
    public async Task Drift_is_found_at_the_same_row_after_a_restart()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(4000);
        var whole = new List<DriftDetectedEventArgs>();
        await using (OnlineTrainer trainer = await topic.StartAsync("a", store: CheckpointStore.Directory(Path.Combine(topic.Directory, "whole")), with: o => o with { Detector = Detector() }))
        {
            trainer.DriftDetected += (_, e) => whole.Add(e);
            OnlineProgress end = await trainer.RunAsync(StopAt.CaughtUp, Token);
            Assert.Equal(whole.Count, end.Changes);
        }

        var parts = new List<DriftDetectedEventArgs>();
        foreach (long end in (long[])[1234, 4000])
        {
            await using OnlineTrainer trainer = await topic.StartAsync("a", with: o => o with { Detector = Detector() });
            trainer.DriftDetected += (_, e) => parts.Add(e);
            await trainer.RunAsync(StopAt.Offsets(new Dictionary<int, long> { [0] = end }), Token);
        }

        Assert.NotEmpty(whole);
        Assert.Equal(whole.Select(d => (d.Rows, d.Offset)), parts.Select(d => (d.Rows, d.Offset)));

        static DriftDetector Detector() => DriftDetector.PageHinkley(threshold: 5);
    }

    /// <summary>What was learned since the last report is reported although nothing more arrives, and when the run is cancelled.</summary>
    [Fact]
    public async Task Progress_is_reported_while_nothing_arrives()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(3000);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        long rows = 0;
        await using OnlineTrainer trainer = await topic.StartAsync("a", with: o => o with { BatchSize = 10, CheckpointInterval = TimeSpan.FromHours(1), Progress = new Told(p => Volatile.Write(ref rows, p.Rows)) });
        Task run = trainer.RunAsync(StopAt.Never, cancel.Token);
        await Until.TrueAsync(() => Volatile.Read(ref rows) == 3000, "a report of all rows", 30);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task A_cancelled_run_reports_its_end()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(100);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        OnlineProgress? last = null;
        await using OnlineTrainer trainer = await topic.StartAsync("a", with: o => o with { CheckpointInterval = TimeSpan.FromHours(1), Progress = new Told(p => last = p) });
        Task run = trainer.RunAsync(StopAt.Never, cancel.Token);
        await Until.TrueAsync(() => trainer.Learner.Rows == 100, "all rows", 30);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal((100, 100), (last!.Rows, last.Checkpoint!.Rows));
    }

    private sealed class Told(Action<OnlineProgress> tell) : IProgress<OnlineProgress>
    {
        public void Report(OnlineProgress value) => tell(value);
    }

    /// <summary>A wall clock that goes back by a day whenever it is asked.</summary>
    private sealed class JumpingClock : TimeProvider
    {
        private int _days;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddYears(50).AddDays(-Interlocked.Increment(ref _days));
    }

    /// <summary>Learns all that is in the topic.</summary>
    private static async Task LearnAsync(LearningTopic topic)
    {
        await using OnlineTrainer trainer = await topic.StartAsync("a");
        await trainer.RunAsync(StopAt.CaughtUp, Token);
    }
}
