using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Learning;

/// <summary>A trainer that is disposed while its learner is in the middle of a batch.</summary>
public sealed class DisposedTrainerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The place for checkpoints may be another learner's by then.</summary>
    [Fact]
    public async Task Nothing_is_written_after_the_checkpoints_were_released()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(1000);
        using var slow = new SlowLearner(LearningTopic.Learner(), batch: 3);
        OnlineTrainer first = await topic.StartAsync("a", slow, with: Quick, timeout: TimeSpan.FromSeconds(1));
        Task run = Task.Run(() => first.RunAsync(StopAt.Never, Token), Token);
        await slow.Entered.WaitAsync(Token);
        await first.DisposeAsync(); // the learner does not return in time
        Assert.False(run.IsCompleted);

        IOnlineLearner learner = LearningTopic.Learner();
        await using (OnlineTrainer second = await topic.StartAsync("a", learner))
        {
            Assert.Equal(200, learner.Rows);
            Assert.Equal(1000, (await second.RunAsync(StopAt.CaughtUp, Token)).Rows);
        }

        slow.Go();
        ObjectDisposedException e = await Assert.ThrowsAsync<ObjectDisposedException>(() => run);
        Assert.Contains($"The trainer of topic '{LearningTopic.Name}' was disposed while it ran", e.Message);
        LearningCheckpoint newest = (await topic.Store.ReadLatestAsync(Token))!;
        Assert.Equal(1000, newest.Rows);
        IOnlineLearner again = LearningTopic.Learner();
        await OnlineTrainer.ReplayAsync(LearningTopic.Name, topic.Dataset, again, topic.Store, cancellationToken: Token);
        Assert.Equal(LearnerRows.StateOf(learner), LearnerRows.StateOf(again));
    }

    [Fact]
    public async Task Disposing_waits_for_the_batch_in_progress()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(1000);
        using var slow = new SlowLearner(LearningTopic.Learner(), batch: 3);
        OnlineTrainer trainer = await topic.StartAsync("a", slow, with: Quick);
        Task run = Task.Run(() => trainer.RunAsync(StopAt.Never, Token), Token);
        await slow.Entered.WaitAsync(Token);
        Task disposing = trainer.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<CheckpointException>(() => topic.StartAsync("a")); // the directory is still reserved
        Assert.False(disposing.IsCompleted);
        slow.Go();
        await disposing;
        Assert.True(run.IsCompleted);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => run);
        Assert.Equal(300, (await topic.Store.ReadLatestAsync(Token))!.Rows); // it was due
    }

    /// <summary>Who cancels a run and disposes the trainer at once still has all that was learned.</summary>
    [Fact]
    public async Task A_cancelled_run_is_saved_although_the_trainer_is_being_disposed()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(1000);
        using var slow = new SlowLearner(LearningTopic.Learner(), batch: 3);
        OnlineTrainer trainer = await topic.StartAsync("a", slow);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task run = Task.Run(() => trainer.RunAsync(StopAt.Never, cancel.Token), Token);
        await slow.Entered.WaitAsync(Token);
        await cancel.CancelAsync();
        Task disposing = trainer.DisposeAsync().AsTask();
        slow.Go();
        await disposing;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal(300, (await topic.Store.ReadLatestAsync(Token))!.Rows);
    }

    [Fact]
    public async Task A_disposed_trainer_says_so_in_its_own_words()
    {
        using var topic = new LearningTopic();
        await topic.WriteAsync(10);
        OnlineTrainer trainer = await topic.StartAsync("a");
        await trainer.DisposeAsync();
        await trainer.DisposeAsync();
        ObjectDisposedException e = await Assert.ThrowsAsync<ObjectDisposedException>(() => trainer.RunAsync(StopAt.CaughtUp, Token));
        Assert.Contains($"The trainer of topic '{LearningTopic.Name}' is disposed: start another one", e.Message);

        trainer = await topic.StartAsync("a");
        Task run = trainer.RunAsync(StopAt.Never, Token);
        await Until.TrueAsync(() => trainer.Learner.Rows == 10, "all rows", 30);
        await trainer.DisposeAsync();
        e = await Assert.ThrowsAsync<ObjectDisposedException>(() => run);
        Assert.Contains($"The trainer of topic '{LearningTopic.Name}' was disposed while it ran", e.Message);
    }

    private static OnlineTrainerOptions Quick(OnlineTrainerOptions options) => options with { CheckpointRows = 100, Live = options.Live with { RevokeTimeout = TimeSpan.FromSeconds(1) } };

    /// <summary>Learns as another learner does, and in one batch waits until it is told to go on.</summary>
    private sealed class SlowLearner(IOnlineLearner learner, int batch) : IOnlineLearner, IDisposable
    {
        private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _go = new();
        private int _batches;

        public Task Entered => _entered.Task;

        public string Name => learner.Name;

        public string Settings => learner.Settings;

        OnlineTask IOnlineLearner.Task => learner.Task;

        public IReadOnlyList<string> Features => learner.Features;

        public bool IsCalibrated => learner.IsCalibrated;

        public long Rows => learner.Rows;

        public void Go() => _go.Set();

        public void Learn(ReadOnlySpan<float> features, ReadOnlySpan<float> labels, Span<float> scores)
        {
            if (++_batches == batch)
            {
                _entered.SetResult();
                _go.Wait();
            }

            learner.Learn(features, labels, scores);
        }

        public void Score(ReadOnlySpan<float> features, Span<float> scores) => learner.Score(features, scores);

        public void Save(Stream stream) => learner.Save(stream);

        public void Load(Stream stream) => learner.Load(stream);

        public ITransformer ToTransformer(MLContext ml) => learner.ToTransformer(ml);

        public void Dispose()
        {
            _go.Set(); // of a test that failed
            _go.Dispose();
        }
    }
}
