using KafkaDatasets.Scoring;
using KafkaDatasets.Tests.Fetching;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Scoring;

/// <summary>What may be wrong with a model while a scorer works: it is named, no row is lost, and no row gets a score of anything else.</summary>
public sealed class ModelFaultsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Batches of growing and shrinking sizes are decoded into the same few blocks, again and again: each score must be that of its own row.</summary>
    [Fact]
    public async Task Scores_belong_to_their_rows_when_blocks_are_reused_by_batches_of_other_sizes()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 1, partitions: 1);
        await using KafkaScorer scorer = await topics.JoinAsync(topics.Options(ModelSource.Of(ScoreTopics.Model("m", 2))) with { PassThrough = ["Id"], MaxDelay = TimeSpan.Zero, CommitInterval = TimeSpan.FromSeconds(5), CommitRows = 200 });
        using var run = new Running(scorer);
        int written = 1;
        foreach (int rows in (int[])[3, 40, 2, 90, 7, 60, 1, 200, 150, 300])
        {
            topics.Write(written, rows, partitions: 1);
            written += rows;
            await run.UntilAsync(() => scorer.Totals.Rows >= Math.Max(0, written - 199), $"{written} rows");
        }

        await run.UntilAsync(() => scorer.Totals.Rows == written, "the last rows");
        IReadOnlyList<ScoreTopics.Scored> scores = topics.Read(ScoreTopics.Output);
        Assert.Equal(Enumerable.Range(0, written).Select(i => (long)i), scores.Select(s => s.Input.Offset));
        Assert.All(scores, s => Assert.Equal((s.Input.Offset, (float)s.Input.Offset), (s.Json.GetProperty("Id").GetInt64(), s.Json.GetProperty("Score").GetSingle())));
    }

    [Fact]
    public async Task A_run_after_one_that_failed_goes_on_after_the_last_commit()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 500);
        int failures = 0;
        var ml = new MLContext();
        IDataView empty = ml.Data.LoadFromEnumerable<ScoreTopics.Row>([]);
        ITransformer model = ml.Transforms.CustomMapping<ScoreTopics.Row, Doubled>(
            (row, doubled) => doubled.Score = row.Id != 260 || Interlocked.Increment(ref failures) > 1 ? 2 * row.Half : throw new TimeoutException(),
            null).Fit(empty);
        var source = ModelSource.Of(new ScoringModel("m", model, TimeProvider.System.GetUtcNow(), empty.Schema));
        await using KafkaScorer scorer = await topics.JoinAsync(topics.Options(source) with { PassThrough = ["Id"], BatchSize = 10, CommitRows = 70, CommitInterval = TimeSpan.FromSeconds(9) });
        ScoringException e = await Assert.ThrowsAsync<ScoringException>(() => scorer.RunAsync(StopAt.CaughtUp, Token));
        Assert.Equal((260 % 3, 260L / 3), (e.Partition, e.Offset));
        await scorer.RunAsync(StopAt.CaughtUp, Token);
        Assert.All((await scorer.GetLagAsync(Token)).Values, lag => Assert.Equal(0, lag));
        IReadOnlyList<ScoreTopics.Scored> scores = topics.Read(ScoreTopics.Output);
        Assert.Equal(Enumerable.Range(0, 500), scores.Select(s => s.Json.GetProperty("Id").GetInt32()).Distinct().Order());
    }

    /// <summary>What a source searches with, such as a native client, must not vanish during a search, even if the source ignores that the search is cancelled.</summary>
    [Fact]
    public async Task A_source_is_disposed_only_after_its_last_search()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 1);
        var source = new SlowSource(ScoreTopics.Model("m", 2));
        KafkaScorer scorer = await topics.JoinAsync(topics.Options(source));
        await source.Searching.Task.WaitAsync(Token);
        Task disposal = scorer.DisposeAsync().AsTask();
        await source.Cancelled.Task.WaitAsync(Token);
        source.Release.SetResult();
        await disposal;
        Assert.Equal([SlowSource.Ended, SlowSource.Disposed], source.Events);
    }

    [Fact]
    public async Task A_model_that_becomes_too_old_ends_scoring_before_the_next_row_and_a_newer_one_goes_on_there()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 10, partitions: 1);
        var clock = new WallClock();
        ScoringModel old = ScoreTopics.Model("old", 2, clock.GetUtcNow());
        KafkaDatasetOptions dataset = topics.Dataset with { TimeProvider = clock };
        await using (KafkaScorer scorer = await KafkaScorer.JoinAsync(ScoreTopics.Input, dataset, topics.Options(ModelSource.Of(old)) with { MaxModelAge = TimeSpan.FromHours(1) }, Token))
        {
            using var run = new Running(scorer);
            await run.UntilAsync(() => scorer.Totals.Rows == 10, "the first rows");
            clock.Ahead = TimeSpan.FromMinutes(61);
            topics.Write(10, 10, partitions: 1);
            ModelException e = await Assert.ThrowsAsync<ModelException>(() => run.Task);
            Assert.Equal("old", e.ModelVersion);
            Assert.Matches("is 366[0-9] s old, and ScorerOptions.MaxModelAge is 3600 s", e.Message);
        }

        ScoringModel fresh = ScoreTopics.Model("fresh", 3, clock.GetUtcNow());
        await using (KafkaScorer scorer = await KafkaScorer.JoinAsync(ScoreTopics.Input, dataset, topics.Options(ModelSource.Of(fresh)) with { MaxModelAge = TimeSpan.FromHours(1) }, Token))
        {
            Assert.Equal(10, (await scorer.RunAsync(StopAt.CaughtUp, Token)).Rows);
        }

        IReadOnlyList<ScoreTopics.Scored> scores = topics.Read(ScoreTopics.Output);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => i < 10 ? "old" : "fresh"), scores.Select(s => s.Version));
    }

    /// <summary>A clock that goes back makes a model look younger, never too old.</summary>
    [Fact]
    public async Task A_clock_that_jumps_back_does_not_end_scoring()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 10, partitions: 1);
        var clock = new WallClock();
        ScoringModel model = ScoreTopics.Model("m", 2, clock.GetUtcNow());
        await using KafkaScorer scorer = await KafkaScorer.JoinAsync(ScoreTopics.Input, topics.Dataset with { TimeProvider = clock }, topics.Options(ModelSource.Of(model)) with { MaxModelAge = TimeSpan.FromHours(1) }, Token);
        clock.Ahead = TimeSpan.FromDays(-400);
        Assert.Equal(10, (await scorer.RunAsync(StopAt.CaughtUp, Token)).Rows);
    }

    [Theory]
    [InlineData("Id", "feature names")]
    [InlineData("Lacking", "a column that the topic does not have")]
    public async Task A_newer_model_of_another_schema_is_refused_by_name_and_the_old_one_goes_on(string column, string difference)
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 10, partitions: 1);
        Save(topics, "model-1", "Half");
        var log = new RecordedLog();
        await using KafkaScorer scorer = await KafkaScorer.JoinAsync(ScoreTopics.Input, topics.Dataset with { LoggerFactory = log.ToFactory() }, topics.Options(ModelSource.Directory(topics.Directory)), Token);
        string first = scorer.ModelVersion;
        using var run = new Running(scorer);
        await run.UntilAsync(() => scorer.Totals.Rows == 10, "the first rows");
        Save(topics, "model-2", column);
        await run.UntilAsync(() => log.Warnings.Any(w => w.StartsWith("A newer model is not used: The model model-2@", StringComparison.Ordinal)), $"the refusal of {difference}");
        Assert.Contains(log.Warnings, w => w.Contains($"it was trained with the features {column}, and the rows have Half", StringComparison.Ordinal));
        topics.Write(10, 10, partitions: 1);
        await run.UntilAsync(() => scorer.Totals.Rows == 20, "the rows meanwhile");
        Assert.Equal(first, scorer.ModelVersion);

        // The one after it fits, and is used.
        Save(topics, "model-3", "Half");
        await UntilUsedAsync(topics, scorer, run, "model-3@", 20);
        Assert.Single(log.Warnings, w => w.Contains("model-2@", StringComparison.Ordinal));
    }

    /// <summary>A model that does not say which columns it takes, and whose transformer finds out at the first row what their types are.</summary>
    [Fact]
    public async Task A_model_that_fails_while_it_is_prepared_is_named_with_its_own_reason()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 10, partitions: 1);
        var ml = new MLContext();
        ITransformer halves = ml.Transforms.Expression("Score", "x => x / 2f", "Id").Fit(ml.Data.LoadFromEnumerable<FloatId>([]));
        var model = new ScoringModel("floats", halves, TimeProvider.System.GetUtcNow(), null);
        ModelException e = await Assert.ThrowsAsync<ModelException>(() => topics.JoinAsync(topics.Options(ModelSource.Of(model))));
        Assert.Equal("floats", e.ModelVersion);
        Assert.StartsWith("The model floats cannot score the topic: ", e.Message);
        Assert.DoesNotContain("target of an invocation", e.Message);
    }

    [Fact]
    public async Task A_place_of_models_that_cannot_be_read_is_named()
    {
        using var topics = new ScoreTopics();
        KafkaDatasetOptions dataset = topics.Dataset with { Timeout = TimeSpan.FromMilliseconds(50) };
        ModelException e = await Assert.ThrowsAsync<ModelException>(() => KafkaScorer.JoinAsync(ScoreTopics.Input, dataset, topics.Options(ModelSource.Directory(topics.Directory, "absent/*.zip")), Token));
        Assert.StartsWith($"No model can be found in the directory {topics.Directory} (absent/*.zip): ", e.Message);
        e = await Assert.ThrowsAsync<ModelException>(() => KafkaScorer.JoinAsync(ScoreTopics.Input, dataset, topics.Options(ModelSource.File("a\0b.zip")), Token));
        Assert.EndsWith("Null character in path.", e.Message);
    }

    [Fact]
    public async Task A_column_that_there_is_not_is_named_with_its_option()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 10, partitions: 1);
        ScorerOptions options = topics.Options(ModelSource.Of(ScoreTopics.Model("m", 2)));
        ModelException e = await Assert.ThrowsAsync<ModelException>(() => KafkaScorer.JoinAsync(ScoreTopics.Input, topics.Dataset, options with { PassThrough = ["half"] }, Token));
        Assert.Contains("ScorerOptions.PassThrough: there is no column 'half', did you mean 'Half'?; the model's output has", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("(key)", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<ModelException>(() => KafkaScorer.JoinAsync(ScoreTopics.Input, topics.Dataset, options with { Columns = ["score"], PassThrough = [] }, Token));
        Assert.Contains("ScorerOptions.Columns: there is no column 'score', did you mean 'Score'?", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_file_that_is_half_written_is_used_when_it_is_whole()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 10, partitions: 1);
        topics.Save("ready", 2);
        byte[] whole = await File.ReadAllBytesAsync(Path.Combine(topics.Directory, "ready.zip"), Token);
        topics.Save("later", 3);
        byte[] later = await File.ReadAllBytesAsync(Path.Combine(topics.Directory, "later.zip"), Token);
        string path = Path.Combine(topics.Directory, "m.zip");
        await File.WriteAllBytesAsync(path, whole.AsMemory(0, whole.Length / 2), Token);
        var log = new RecordedLog();
        Task<KafkaScorer> joining = KafkaScorer.JoinAsync(ScoreTopics.Input, topics.Dataset with { LoggerFactory = log.ToFactory(), Timeout = TimeSpan.FromSeconds(30) }, topics.Options(ModelSource.File(path)), Token);
        await File.WriteAllBytesAsync(path, whole, Token);
        await using KafkaScorer scorer = await joining;
        using var run = new Running(scorer);
        await run.UntilAsync(() => scorer.Totals.Rows == 10, "the first rows");

        // The same while it scores: half of it, nothing at all, and then the whole.
        await File.WriteAllBytesAsync(path, later.AsMemory(0, later.Length / 2), Token);
        await run.UntilAsync(() => log.Warnings.Any(w => w.Contains("It may be incomplete or damaged", StringComparison.Ordinal)), "the half file is told");
        File.Delete(path);
        topics.Write(10, 10, partitions: 1);
        await run.UntilAsync(() => scorer.Totals.Rows == 20, "rows without a file");
        await File.WriteAllBytesAsync(path, later, Token);
        string old = scorer.ModelVersion;
        await UntilUsedAsync(topics, scorer, run, "m@", 20, version => version != old);
        IReadOnlyList<ScoreTopics.Scored> scores = topics.Read(ScoreTopics.Output);
        Assert.All(scores, s => Assert.Equal(s.Input.Offset / 2f * (s.Version == old ? 2 : 3), s.Json.GetProperty("Score").GetSingle()));
    }

    [Fact]
    public async Task A_model_topic_that_is_missing_or_has_only_damage_is_named_when_a_scorer_starts()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 1);
        KafkaDatasetOptions hurried = topics.Dataset with { Timeout = TimeSpan.FromSeconds(1) };
        Task<KafkaScorer> Join() => KafkaScorer.JoinAsync(ScoreTopics.Input, hurried, topics.Options(ModelSource.Topic("models", "half", hurried)), Token);
        ModelException e = await Assert.ThrowsAsync<ModelException>(Join);
        Assert.Contains("'models'", e.Message);

        var writer = new KafkaWriterOptions { BootstrapServers = topics.Kafka.BootstrapServers };
        string version = await ModelTopic.PublishAsync("models", "half", ScoreTopics.Times(2, out DataViewSchema schema), schema, writer, cancellationToken: Token);
        using (var damage = new Confluent.Kafka.ProducerBuilder<string, byte[]>(new Confluent.Kafka.ProducerConfig { BootstrapServers = topics.Kafka.BootstrapServers }).Build())
        {
            // A compacted topic keeps the newest record of a key: here, one with other bytes.
            await damage.ProduceAsync("models", new() { Key = ModelKeys.Chunk("half", version, 0), Value = [1, 2, 3] }, Token);
        }

        e = await Assert.ThrowsAsync<ModelException>(Join);
        Assert.Contains($"Version {version} of the model 'half' in topic 'models' is damaged", e.Message);
        Assert.Equal(version, e.ModelVersion);
    }

    /// <summary>The new topic ends where the old one did.</summary>
    [Fact]
    public async Task Models_of_a_topic_that_was_deleted_and_created_again_are_used()
    {
        using var topics = new ScoreTopics();
        int written = 10;
        topics.Write(0, written, partitions: 1);
        await PublishAsync(topics, 2);
        var log = new RecordedLog();
        await using KafkaScorer scorer = await KafkaScorer.JoinAsync(
            ScoreTopics.Input, topics.Dataset with { LoggerFactory = log.ToFactory() }, topics.Options(ModelSource.Topic("models", "half", topics.Dataset)), Token);
        using var run = new Running(scorer);
        await run.UntilAsync(() => scorer.Totals.Rows == written, "the first rows");
        topics.Kafka.DeleteTopic("models");
        await run.UntilAsync(() => log.Warnings.Any(w => w.Contains("The model topic 'models' does not exist", StringComparison.Ordinal)), "that there is no topic");
        await UntilUsedAsync(await PublishAsync(topics, 3));

        // Recreated so soon that no search finds it missing.
        topics.Kafka.DeleteTopic("models");
        await UntilUsedAsync(await PublishAsync(topics, 4));

        Task UntilUsedAsync(string version) => run.UntilAsync(
            () =>
            {
                if (scorer.Totals.Rows == written)
                {
                    topics.Write(written++, 1, partitions: 1); // models are swapped between batches
                }

                return scorer.ModelVersion == version;
            },
            version);
    }

    /// <summary>A registry that is away while a newer model is prepared must not cost that model: nothing changes in its source, which does not return it again.</summary>
    [Fact]
    public async Task A_newer_model_that_could_not_be_prepared_is_prepared_again()
    {
        ScoringModel model = ScoreTopics.Model("m", 2);
        var source = new OnceSource(model);
        var options = new ScorerOptions { GroupId = "g", OutputTopic = "o", Model = source, ModelCheckInterval = TimeSpan.FromMilliseconds(5) };
        var watch = new ModelWatch(options, TimeSpan.FromSeconds(1), TimeProvider.System, NullLogger.Instance);
        int tries = 0;
        watch.Start((found, _) =>
        {
            Assert.Same(model, found);
            return Interlocked.Increment(ref tries) < 3 ? throw new IOException("the registry is away") : Task.FromResult<BatchScorer>(null!);
        });
        await Until.TrueAsync(() => Volatile.Read(ref tries) == 3 && source.Asked > 5, "the third try");
        await watch.DisposeAsync();
        Assert.Equal(3, tries); // and none after it was prepared
    }

    /// <summary>The source regards the waiting model as the current one, so it returns it only once.</summary>
    [Fact]
    public async Task A_newer_model_that_could_not_be_prepared_is_prepared_even_if_a_search_fails_meanwhile()
    {
        ScoringModel model = ScoreTopics.Model("m", 2);
        var source = new OnceSource(model) { Failure = new ModelException("a newer file is damaged") };
        var options = new ScorerOptions { GroupId = "g", OutputTopic = "o", Model = source, ModelCheckInterval = TimeSpan.FromMilliseconds(5) };
        var log = new RecordedLog();
        var watch = new ModelWatch(options, TimeSpan.FromSeconds(1), TimeProvider.System, log.ToFactory().CreateLogger("test"));
        int tries = 0;
        watch.Start((found, _) =>
        {
            Assert.Same(model, found);
            return Interlocked.Increment(ref tries) < 3 ? throw new IOException("the registry is away") : Task.FromResult<BatchScorer>(null!);
        });
        await Until.TrueAsync(() => Volatile.Read(ref tries) == 3, "the third try");
        await watch.DisposeAsync();
        Assert.Single(log.Warnings, w => w.Contains("the registry is away", StringComparison.Ordinal));
        Assert.Contains(log.Warnings, w => w.Contains("a newer file is damaged", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("directory")]
    [InlineData("topic")]
    public async Task A_source_can_be_used_again_after_a_scorer_that_could_not_join_and_one_that_has_ended(string kind)
    {
        using var topics = new ScoreTopics();
        topics.Save("m", 2);
        if (kind == "topic")
        {
            await PublishAsync(topics, 2);
        }

        ScorerOptions options = topics.Options(kind switch
        {
            "file" => ModelSource.File(Path.Combine(topics.Directory, "m.zip")),
            "directory" => ModelSource.Directory(topics.Directory),
            _ => ModelSource.Topic("models", "half", topics.Dataset),
        });
        await Assert.ThrowsAsync<TopicNotFoundException>(() => topics.JoinAsync(options));
        for (int written = 0; written < 20; written += 10)
        {
            topics.Write(written, 10);
            await using KafkaScorer scorer = await topics.JoinAsync(options);
            Assert.Equal(10, (await scorer.RunAsync(StopAt.CaughtUp, Token)).Rows);
        }
    }

    [Fact]
    public async Task A_damaged_file_is_named_to_each_scorer_that_starts()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 1);
        await File.WriteAllTextAsync(Path.Combine(topics.Directory, "m.zip"), "no model", Token);
        KafkaDatasetOptions hurried = topics.Dataset with { Timeout = TimeSpan.FromMilliseconds(50) };
        ScorerOptions options = topics.Options(ModelSource.Directory(topics.Directory));
        for (int i = 0; i < 2; i++)
        {
            ModelException e = await Assert.ThrowsAsync<ModelException>(() => KafkaScorer.JoinAsync(ScoreTopics.Input, hurried, options, Token));
            Assert.Contains("m.zip cannot be loaded as a model of ML.NET", e.Message);
        }
    }

    [Fact]
    public async Task A_source_that_does_not_respond_neither_stops_scoring_nor_its_end()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 10, partitions: 1);
        var source = new HangingSource(ScoreTopics.Model("m", 2));
        await using (KafkaScorer scorer = await topics.JoinAsync(topics.Options(source)))
        {
            using var run = new Running(scorer);
            await Until.TrueAsync(() => source.IsHanging, "the source hangs");
            topics.Write(10, 10, partitions: 1);
            await run.UntilAsync(() => scorer.Totals.Rows == 20, "rows meanwhile");
        }

        Assert.True(source.IsHanging);
    }

    private static Task<string> PublishAsync(ScoreTopics topics, int factor) => ModelTopic.PublishAsync(
        "models", "half", ScoreTopics.Times(factor, out DataViewSchema schema), schema, new KafkaWriterOptions { BootstrapServers = topics.Kafka.BootstrapServers }, cancellationToken: Token);

    /// <summary>Saves a model with named features.</summary>
    private static void Save(ScoreTopics topics, string name, string column)
    {
        var ml = new MLContext(seed: name.Length + name[^1]);
        IDataView rows = ml.Data.LoadFromEnumerable(Enumerable.Range(1, 8).Select(i => new Wide { Id = i, Half = i / 2f, Lacking = i * name[^1], Label = i }));
        IDataView view = ml.Transforms.Concatenate("Features", column).Fit(rows).Transform(rows);
        ITransformer model = ml.Regression.Trainers.LbfgsPoissonRegression().Fit(view);
        string temporary = Path.Combine(topics.Directory, $"{name}.tmp");
        ml.Model.Save(model, view.Schema, temporary);
        File.Move(temporary, Path.Combine(topics.Directory, $"{name}.zip"));
    }

    private static Task UntilUsedAsync(ScoreTopics topics, KafkaScorer scorer, Running run, string version, int written, Func<string, bool>? isWanted = null) => run.UntilAsync(
        () =>
        {
            if (scorer.Totals.Rows == written)
            {
                topics.Write(written++, 1, partitions: 1); // models are swapped between batches
            }

            return scorer.ModelVersion.StartsWith(version, StringComparison.Ordinal) && isWanted?.Invoke(scorer.ModelVersion) != false;
        },
        version);

    /// <summary>A scorer that runs until this is disposed.</summary>
    private sealed class Running : IDisposable
    {
        private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(Token);

        public Running(KafkaScorer scorer) => Task = scorer.RunAsync(StopAt.Never, _end.Token);

        public Task Task { get; }

        public async Task UntilAsync(Func<bool> condition, string what)
        {
            await Until.TrueAsync(() => Task.IsCompleted || condition(), what, seconds: 30);
            Assert.False(Task.IsFaulted, $"{Task.Exception}");
        }

        public void Dispose()
        {
            _end.Cancel();
            _ = Task.ContinueWith(t => t.Exception, TaskScheduler.Default);
            _end.Dispose();
        }
    }

    /// <summary>A wall clock that is ahead of the system's.</summary>
    private sealed class WallClock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
    }

    /// <summary>Returns a model once.</summary>
    private sealed class OnceSource(ScoringModel model) : IModelSource
    {
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        /// <summary>What each later search throws.</summary>
        public ModelException? Failure { get; init; }

        public ValueTask<ScoringModel?> FindAsync(string? current, CancellationToken cancellationToken) =>
            Interlocked.Increment(ref _asked) == 1 ? new(model) : Failure is null ? new((ScoringModel?)null) : throw Failure;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>Returns a model, and then never responds, whatever its token says.</summary>
    private sealed class HangingSource(ScoringModel model) : IModelSource
    {
        public bool IsHanging { get; private set; }

        public ValueTask<ScoringModel?> FindAsync(string? current, CancellationToken cancellationToken)
        {
            if (current is null)
            {
                return new(model);
            }

            IsHanging = true;
            return new(new TaskCompletionSource<ScoringModel?>().Task);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Wide
    {
        public float Id { get; set; }

        public float Half { get; set; }

        public float Lacking { get; set; }

        public float Label { get; set; }
    }

    private sealed class FloatId
    {
        public float Id { get; set; }
    }

    private sealed class Doubled
    {
        public float Score { get; set; }
    }

    /// <summary>A source whose second search goes on after it has been cancelled.</summary>
    private sealed class SlowSource(ScoringModel model) : IModelSource
    {
        public const string Ended = "search ended";
        public const string Disposed = "disposed";

        public List<string> Events { get; } = [];

        public TaskCompletionSource Searching { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask<ScoringModel?> FindAsync(string? current, CancellationToken cancellationToken)
        {
            if (current is null)
            {
                return model;
            }

            cancellationToken.Register(Cancelled.SetResult);
            Searching.SetResult();
            await Release.Task;
            await Task.Yield();
            Events.Add(Ended);
            return null;
        }

        public ValueTask DisposeAsync()
        {
            Events.Add(Disposed);
            return ValueTask.CompletedTask;
        }
    }
}
