using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.Scoring;

/// <summary>Scoring on the embedded broker, at least once.</summary>
public sealed class ScorerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scores_have_the_key_the_partition_and_the_position_of_their_input()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 5000);
        ScoringTotals totals;
        await using (KafkaScorer scorer = await topics.JoinAsync(topics.Options(ModelSource.Of(ScoreTopics.Model("twice", 2))) with { PassThrough = ["Id", "Offset"] }))
        {
            totals = await scorer.RunAsync(StopAt.CaughtUp, Token);
            Assert.All((await scorer.GetLagAsync(Token)).Values, lag => Assert.Equal(0, lag));
        }

        Assert.Equal(5000, totals.Rows);
        Assert.InRange(totals.Batches, 5, 300);
        IReadOnlyList<ScoreTopics.Scored> scores = topics.Read(ScoreTopics.Output);
        Assert.Equal(5000, scores.Count);
        Assert.Equal(Enumerable.Range(0, 5000), scores.Select(s => s.Json.GetProperty("Id").GetInt32()).Order());
        Assert.All(scores, s =>
        {
            int id = s.Json.GetProperty("Id").GetInt32();
            Assert.Equal(id, s.Json.GetProperty("Score").GetDouble());
            Assert.Equal(ScoreTopics.KeyOf(id), s.Key);
            Assert.Equal(id % 3, s.Partition);
            Assert.Equal((id % 3, id / 3), s.Input);
            Assert.Equal(id / 3, s.Json.GetProperty("Offset").GetInt32());
            Assert.Equal((ScoreTopics.Input, "twice"), (s.Headers[ScoreHeaders.Topic], s.Version));
        });

        topics.Write(5000, 10);
        await using KafkaScorer again = await topics.JoinAsync(topics.Options(ModelSource.Of(ScoreTopics.Model("twice", 2))));
        Assert.Equal(10, (await again.RunAsync(StopAt.CaughtUp, Token)).Rows);
    }

    [Fact]
    public async Task A_newer_model_is_used_between_batches_and_each_score_tells_its_model()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 100, partitions: 1);
        topics.Save("model-9", 2);
        await using KafkaScorer scorer = await topics.JoinAsync(topics.Options(ModelSource.Directory(topics.Directory)) with { PassThrough = ["Id"] });
        string first = scorer.ModelVersion;
        Assert.StartsWith("model-9@", first);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task run = scorer.RunAsync(StopAt.Never, end.Token);
        await Until.TrueAsync(() => scorer.Totals.Rows == 100, "the first rows");
        File.WriteAllText(Path.Combine(topics.Directory, "model-11.zip"), "damaged");
        topics.Save("model-10", 3);
        topics.Save("model-8", 7);
        for (int id = 100; scorer.ModelVersion == first && id < 100_000; id += 10)
        {
            topics.Write(id, 10, partitions: 1);
            await Until.TrueAsync(() => run.IsCompleted || scorer.Totals.Rows == id + 10, "the rows meanwhile");
            Assert.False(run.IsFaulted, $"{run.Exception}");
        }

        Assert.StartsWith("model-10@", scorer.ModelVersion);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        IReadOnlyList<ScoreTopics.Scored> scores = topics.Read(ScoreTopics.Output);
        Assert.Equal(scorer.Totals.Rows, scores.Count);
        Assert.All(scores, s => Assert.Equal(s.Json.GetProperty("Id").GetInt32() / 2f * (s.Version == first ? 2 : 3), s.Json.GetProperty("Score").GetSingle()));
        Assert.Equal([first, scorer.ModelVersion], scores.Select(s => s.Version).Distinct());
    }

    [Fact]
    public async Task A_model_comes_from_a_topic_and_damage_keeps_the_last_good_one()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 10, partitions: 1);
        var writer = new KafkaWriterOptions { BootstrapServers = topics.Kafka.BootstrapServers };
        string first = await ModelTopic.PublishAsync("models", "half", ScoreTopics.Times(2, out DataViewSchema schema), schema, writer, cancellationToken: Token);
        await ModelTopic.PublishAsync("models", "other", ScoreTopics.Times(5, out _), schema, writer, cancellationToken: Token);
        await using KafkaScorer scorer = await topics.JoinAsync(topics.Options(ModelSource.Topic("models", "half", topics.Dataset)));
        Assert.Equal(first, scorer.ModelVersion);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task run = scorer.RunAsync(StopAt.Never, end.Token);
        await Until.TrueAsync(() => scorer.Totals.Rows == 10, "the first rows");
        using (var damage = new Confluent.Kafka.ProducerBuilder<string, string>(new Confluent.Kafka.ProducerConfig { BootstrapServers = topics.Kafka.BootstrapServers }).Build())
        {
            await damage.ProduceAsync("models", new() { Key = "half/half@broken", Value = """{"version":"half@broken","chunks":2,"bytes":7,"sha256":"00","created":"2026-01-01T00:00:00Z"}""" }, Token);
            await damage.ProduceAsync("models", new() { Key = "half/half@worse", Value = "{" }, Token);
        }

        string second = await ModelTopic.PublishAsync("models", "half", ScoreTopics.Times(3, out _), schema, writer, keep: 1, Token);
        Assert.NotEqual(first, second);
        int rows = 10;
        await Until.TrueAsync(
            () =>
            {
                if (scorer.Totals.Rows == rows)
                {
                    topics.Write(rows++, 1, partitions: 1);
                }

                return scorer.ModelVersion == second;
            },
            "the second model");
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal([first, second], topics.Read(ScoreTopics.Output).Select(s => s.Version).Distinct());
    }

    [Theory]
    [InlineData(10)]
    [InlineData(4000)]
    public async Task Records_that_cannot_be_decoded_go_to_the_dead_letter_topic_as_they_are(int rows)
    {
        using var topics = new ScoreTopics();
        topics.Write(0, rows, partitions: 1);
        topics.Produce([(0, "key"u8.ToArray(), "{not json"u8.ToArray())]);
        topics.Write(rows, rows, partitions: 1);
        topics.Produce([(0, null, "nor this"u8.ToArray())]); // the last record of the topic
        await using (KafkaScorer scorer = await topics.JoinAsync(topics.Options(ModelSource.Of(ScoreTopics.Model("m", 2))) with { DeadLetterTopic = ScoreTopics.DeadLetters }))
        {
            ScoringTotals totals = await scorer.RunAsync(StopAt.CaughtUp, Token);
            Assert.Equal((rows * 2, 2), (totals.Rows, totals.DeadLetters));
        }

        Assert.Equal(rows * 2, topics.Read(ScoreTopics.Output).Count);
        IReadOnlyList<ScoreTopics.Scored> letters = topics.Read(ScoreTopics.DeadLetters);
        Assert.Equal(["{not json", "nor this"], letters.Select(l => Encoding.UTF8.GetString(l.Value)));
        Assert.Equal(["key"u8.ToArray(), null], letters.Select(l => l.Key));
        Assert.Equal([(0, rows), (0, (rows * 2) + 1)], letters.Select(l => l.Input));
        Assert.All(letters, l => Assert.Contains("cannot be decoded", l.Headers[ScoreHeaders.Error]));

        await using KafkaScorer again = await topics.JoinAsync(topics.Options(ModelSource.Of(ScoreTopics.Model("m", 2))) with { DeadLetterTopic = ScoreTopics.DeadLetters });
        ScoringTotals nothing = await again.RunAsync(StopAt.CaughtUp, Token);
        Assert.Equal((0, 0), (nothing.Rows, nothing.DeadLetters));
    }

    [Fact]
    public async Task Dead_letters_do_not_wait_for_a_row()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 1, partitions: 1);
        await using KafkaScorer scorer = await topics.JoinAsync(topics.Options(ModelSource.Of(ScoreTopics.Model("m", 2))) with { DeadLetterTopic = ScoreTopics.DeadLetters });
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task run = scorer.RunAsync(StopAt.Never, end.Token);
        await Until.TrueAsync(() => scorer.Totals.Rows == 1, "the row");
        topics.Produce([(0, null, "bad"u8.ToArray())]);
        await Until.TrueAsync(() => scorer.Totals.DeadLetters == 1, "the dead letter");
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Single(topics.Read(ScoreTopics.DeadLetters));
    }

    /// <summary>A score, and the dead letter in its place, are larger than the client's own limit: the input and the topic are named at once.</summary>
    [Theory]
    [InlineData(null, ScoreTopics.Output)]
    [InlineData(ScoreTopics.DeadLetters, ScoreTopics.DeadLetters)]
    public async Task A_score_that_is_too_large_is_named(string? deadLetters, string refusing)
    {
        const int Rows = 5000, Large = 1234;
        using var topics = new ScoreTopics();
        topics.Kafka.CreateTopic(ScoreTopics.Input, 1);
        topics.Produce(Enumerable.Range(0, Rows).Select(id => (0, (byte[]?)null, Encoding.UTF8.GetBytes($$"""{"Id":{{id}},"Half":1,"Note":"{{new string('n', id == Large ? 2000 : 5)}}"}"""))));
        KafkaDatasetOptions dataset = topics.Dataset with
        {
            Format = RecordFormat.Json("""{"type":"object","properties":{"Id":{"type":"integer","format":"int64"},"Half":{"type":"number","format":"float"},"Note":{"type":"string"}},"required":["Id","Half","Note"]}"""),
            Timeout = TimeSpan.FromMinutes(5), // nothing waits for it
        };
        ScorerOptions options = topics.Options(ModelSource.Of(ScoreTopics.Model("m", 2))) with
        {
            PassThrough = ["Id", "Note"],
            DeadLetterTopic = deadLetters,
            Writer = new KafkaWriterOptions
            {
                BootstrapServers = topics.Kafka.BootstrapServers,
                Format = WriteFormat.Json,
                Framing = SchemaFraming.None,
                ClientConfig = new Dictionary<string, string> { ["message.max.bytes"] = "2000" },
            },
        };
        await using KafkaScorer scorer = await KafkaScorer.JoinAsync(ScoreTopics.Input, dataset, options, Token);
        ScoringException e = await Assert.ThrowsAsync<ScoringException>(() => scorer.RunAsync(StopAt.CaughtUp, Token));
        Assert.Equal((ScoreTopics.Input, 0, Large), (e.Topic, e.Partition, e.Offset));
        Assert.Contains($"topic '{refusing}'", e.Message);
        Assert.Contains("message.max.bytes", e.Message);
    }

    /// <summary>Commits and stops go by elapsed time: a clock that jumps changes no score.</summary>
    [Fact]
    public async Task Clock_jumps_change_nothing()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 3000);
        KafkaDatasetOptions dataset = topics.Dataset with { TimeProvider = new JumpingClock() };
        await using (KafkaScorer scorer = await KafkaScorer.JoinAsync(ScoreTopics.Input, dataset, topics.Options(ModelSource.Of(ScoreTopics.Model("m", 2))), Token))
        {
            Assert.Equal(3000, (await scorer.RunAsync(StopAt.CaughtUp, Token)).Rows);
        }

        Assert.Equal(3000, topics.Read(ScoreTopics.Output).Select(s => s.Input).Distinct().Count());
    }

    /// <summary>Pipelines map labels and other columns that the scores do not depend on: new records need not have them, and they are not read.</summary>
    [Theory]
    [InlineData("Label")]
    [InlineData("Id")]
    public async Task What_only_training_needs_is_not_needed_for_scores(string column)
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 100);
        var ml = new MLContext();
        IDataView rows = ml.Data.LoadFromEnumerable([new TrainingRow { Id = 1, Half = 0.5f, Label = "a" }, new TrainingRow { Id = 2, Half = 1, Label = "b" }]);
        ITransformer model = ml.Transforms.Conversion.MapValueToKey("Key", column).Append(ml.Transforms.Expression("Score", "x => x * 2f", "Half")).Fit(rows);
        var scoring = new ScoringModel("m", model, TimeProvider.System.GetUtcNow(), rows.Schema);

        await using (KafkaScorer scorer = await topics.JoinAsync(topics.Options(ModelSource.Of(scoring))))
        {
            Assert.Equal(100, (await scorer.RunAsync(StopAt.CaughtUp, Token)).Rows);
        }

        Assert.All(topics.Read(ScoreTopics.Output), s => Assert.Equal((s.Input.Offset * 3) + s.Input.Partition, s.Json.GetProperty("Score").GetInt64()));
        Task<KafkaScorer> WithKey() => topics.JoinAsync(topics.Options(ModelSource.Of(scoring)) with { GroupId = "other", OutputTopic = "others", PassThrough = ["Key"] });
        if (column == "Id")
        {
            await using KafkaScorer scorer = await WithKey();
            Assert.Equal(100, (await scorer.RunAsync(StopAt.CaughtUp, Token)).Rows);
        }
        else
        {
            ModelException e = await Assert.ThrowsAsync<ModelException>(WithKey);
            Assert.Equal("The model m cannot score the topic: it needs the column 'Label', which the topic does not have.", e.Message);
        }
    }

    [Fact]
    public async Task A_model_with_other_features_is_refused_by_name()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 1);
        var ml = new MLContext();
        IDataView rows = ml.Data.LoadFromEnumerable([new ScoreTopics.Row { Id = 1, Half = 0.5f }, new ScoreTopics.Row { Id = 2, Half = 1 }, new ScoreTopics.Row { Id = 4, Half = 2 }]);
        IDataView view = ml.Transforms.Conversion.ConvertType("Label", "Id", DataKind.Single).Append(ml.Transforms.Concatenate("Features", "Half")).Fit(rows).Transform(rows);
        ITransformer model = ml.Regression.Trainers.LbfgsPoissonRegression().Fit(view);
        var scoring = new ScoringModel("m", model, TimeProvider.System.GetUtcNow(), view.Schema);

        await using (KafkaScorer scorer = await topics.JoinAsync(topics.Options(ModelSource.Of(scoring))))
        {
            Assert.Equal(["Half"], scorer.Features); // of all numeric fields, those of the model
            Assert.Equal(1, (await scorer.RunAsync(StopAt.CaughtUp, Token)).Rows);
        }

        ModelException e = await Assert.ThrowsAsync<ModelException>(() => KafkaScorer.JoinAsync(ScoreTopics.Input, topics.Dataset with { Features = ["Id"] }, topics.Options(ModelSource.Of(scoring)), Token));
        Assert.Equal("The model m cannot score the topic: it was trained with the features Half, and the rows have Id.", e.Message);
    }

    [Fact]
    public async Task A_model_that_is_missing_or_damaged_or_too_old_is_named()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 1);
        KafkaDatasetOptions hurried = topics.Dataset with { Timeout = TimeSpan.FromMilliseconds(100) };
        string path = Path.Combine(topics.Directory, "m.zip");
        ModelException missing = await Assert.ThrowsAsync<ModelException>(() => KafkaScorer.JoinAsync(ScoreTopics.Input, hurried, topics.Options(ModelSource.File(path)), Token));
        Assert.StartsWith($"No model was found in the file {path} within 0.1 s", missing.Message);
        Assert.Equal($"the file {Path.GetFullPath("m.zip")}", ModelSource.File("m.zip").ToString());
        Assert.Equal($"the directory {Path.GetFullPath("models")} (*.zip)", ModelSource.Directory("models").ToString());

        File.WriteAllText(path, "no model");
        ModelException damaged = await Assert.ThrowsAsync<ModelException>(() => KafkaScorer.JoinAsync(ScoreTopics.Input, hurried, topics.Options(ModelSource.File(path)), Token));
        Assert.StartsWith($"The file {path} cannot be loaded as a model of ML.NET", damaged.Message);
        Assert.Contains("in a trimmed program", damaged.Message);

        ScoringModel old = ScoreTopics.Model("old", 2, TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(2));
        ModelException stale = await Assert.ThrowsAsync<ModelException>(() => topics.JoinAsync(topics.Options(ModelSource.Of(old)) with { MaxModelAge = TimeSpan.FromHours(1) }));
        Assert.Equal(("old", "The model old is 7200 s old, and ScorerOptions.MaxModelAge is 3600 s: publish a newer model, or allow a higher age."), (stale.ModelVersion, stale.Message));
    }

    [Fact]
    public async Task Exactly_once_is_refused_on_the_embedded_broker()
    {
        using var topics = new ScoreTopics();
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => topics.JoinAsync(topics.Options(ModelSource.Of(ScoreTopics.Model("m", 2))) with { Delivery = Delivery.ExactlyOnce }));
        Assert.Contains("set Delivery to Delivery.AtLeastOnce", e.Message);
    }

    [Fact]
    public async Task Scores_of_a_topic_with_other_partitions_go_by_key()
    {
        using var topics = new ScoreTopics();
        topics.Write(0, 300);
        topics.Kafka.CreateTopic(ScoreTopics.Output, 2);
        await using KafkaScorer scorer = await topics.JoinAsync(topics.Options(ModelSource.Of(ScoreTopics.Model("m", 2))));
        await scorer.RunAsync(StopAt.CaughtUp, Token);
        IReadOnlyList<ScoreTopics.Scored> scores = topics.Read(ScoreTopics.Output);
        Assert.Equal(300, scores.Count);
        Assert.Equal(2, scores.Select(s => s.Partition).Distinct().Count());
        Assert.All(scores.Where(s => s.Key is { Length: > 0 }).GroupBy(s => Convert.ToHexString(s.Key!)), g => Assert.Single(g.Select(s => s.Partition).Distinct()));
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => topics.JoinAsync(topics.Options(ModelSource.Of(ScoreTopics.Model("m", 2))) with { Partitioning = ScorePartitioning.Input, GroupId = "b" }));
        Assert.Contains("has 2 partitions, fewer than the 3 of the input", e.Message);
    }

    [Fact]
    public async Task Options_that_are_invalid_are_told_all_at_once()
    {
        InvalidOptionsException e = await RefusedAsync(new ScorerOptions
        {
            GroupId = "g",
            OutputTopic = "rows",
            DeadLetterTopic = "rows",
            Model = ModelSource.File("m.zip"),
            Columns = [],
            BatchSize = 0,
            CommitInterval = TimeSpan.FromMinutes(1),
            Writer = new KafkaWriterOptions { BootstrapServers = "elsewhere:1", Key = "Id" },
        });
        Assert.Equal(7, e.Faults.Count);
    }

    /// <summary>An interval that no timer can have made the search for newer models run without a pause, and never end.</summary>
    [Fact]
    public async Task Times_and_names_that_cannot_be_are_told_before_a_model_is_looked_for()
    {
        InvalidOptionsException e = await RefusedAsync(new ScorerOptions
        {
            GroupId = "g",
            OutputTopic = "the scores",
            DeadLetterTopic = "dead letters",
            Model = ModelSource.File("m.zip"),
            Columns = ["Score", ""],
            PassThrough = [null!, null!],
            ModelCheckInterval = TimeSpan.MaxValue,
            MaxDelay = TimeSpan.FromSeconds(-1),
        });
        Assert.Equal(6, e.Faults.Count);
        Assert.All(
            ["OutputTopic: the topic's name 'the scores'", "DeadLetterTopic: the topic's name 'dead letters'", "Columns has a name that is empty", "PassThrough has a name that is empty", "ModelCheckInterval is 10675199", "MaxDelay is -00:00:01"],
            part => Assert.Contains(e.Faults, fault => fault.Contains(part, StringComparison.Ordinal)));
    }

    private sealed class TrainingRow
    {
        public long Id { get; set; }

        public float Half { get; set; }

        public string Label { get; set; } = "";
    }

    private static Task<InvalidOptionsException> RefusedAsync(ScorerOptions options) =>
        Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaScorer.JoinAsync("rows", new KafkaDatasetOptions { BootstrapServers = "127.0.0.1:1" }, options, Token));
}
