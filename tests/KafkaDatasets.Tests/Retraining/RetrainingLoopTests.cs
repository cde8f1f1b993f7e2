using System.Globalization;
using System.Text;
using Confluent.Kafka;
using KafkaDatasets.Retraining;
using KafkaDatasets.Tests.Fetching;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.Retraining;

/// <summary>A model is trained, the world turns, and the loop finds it.</summary>
public sealed class RetrainingLoopTests : IDisposable
{
    private const int Rows = 4000;

    private readonly DirectoryInfo _models = Directory.CreateTempSubdirectory("kafkadatasets-models-");
    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly MLContext _ml = new(seed: 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private KafkaDatasetOptions Input => new()
    {
        BootstrapServers = _kafka.BootstrapServers,
        Format = RecordFormat.Json([new DatasetColumn("x", ColumnType.Single), new DatasetColumn("y", ColumnType.Single) { IsNullable = true }]),
        Features = ["x"],
        ClientConfig = EmbeddedGroups.Quick,
    };

    private KafkaDatasetOptions Labelled => Input with { Label = LabelColumn.Binary("y") };

    /// <summary>After half of the rows, y is true where it was false before: the new model is trained from the other half only, is far better on it, and is what scorers take next.</summary>
    [Fact]
    public async Task A_better_model_is_promoted()
    {
        DateTimeOffset turned = Write();
        await TrainFirstAsync();
        await ScoreAsync("first");
        var retrained = new List<RetrainedEventArgs>();
        RetrainingLoop loop = Loop((rows, _) => Task.FromResult(Train(rows)));
        loop.Retrained += (_, e) => retrained.Add(e);
        MonitorResult result = await loop.RunAsync(Token);

        RetrainedEventArgs e = Assert.Single(retrained);
        Assert.StartsWith("model-1@", Assert.Single(result.Models).Version);
        Assert.InRange(e.Snapshot.Length, Rows / 2 * 0.8, Rows / 2 * 1.1); // the rows since the turn
        Assert.InRange((e.Drift.Since - turned).TotalMilliseconds, -200, 400); // one row each millisecond
        Assert.InRange(e.ChampionAuc, 0, 0.2);
        Assert.InRange(e.ChallengerAuc, 0.9, 1);
        Assert.Equal(Path.Combine(_models.FullName, "model-2.zip"), e.Model);
        Assert.Equal(["model-1.zip", "model-2.zip"], _models.GetFiles().Select(f => f.Name).Order());
        Assert.StartsWith("model-2@", await ScoreAsync("second"));
    }

    [Fact]
    public async Task A_model_that_is_no_better_is_not_promoted()
    {
        Write();
        await TrainFirstAsync();
        await ScoreAsync("first");
        var retrained = new List<RetrainedEventArgs>();
        RetrainingLoop loop = Loop((_, _) => Task.FromResult(_ml.Model.Load(Path.Combine(_models.FullName, "model-1.zip"), out DataViewSchema _)));
        loop.Retrained += (_, e) => retrained.Add(e);
        await loop.RunAsync(Token);

        RetrainedEventArgs e = Assert.Single(retrained);
        Assert.Equal(e.ChampionAuc, e.ChallengerAuc);
        Assert.Null(e.Model);
        Assert.Equal("model-1.zip", Assert.Single(_models.GetFiles()).Name);
    }

    /// <summary>What the caller's training returns is checked before it is compared.</summary>
    [Theory]
    [InlineData("no task")]
    [InlineData("null")]
    [InlineData("no scores")]
    public async Task A_training_that_returns_no_usable_model_is_named(string what)
    {
        Write();
        await TrainFirstAsync();
        await ScoreAsync("first");
        ModelException e = await Assert.ThrowsAsync<ModelException>(() => Loop((rows, _) => what switch
        {
            "no task" => null!,
            "null" => Task.FromResult<ITransformer>(null!),
            _ => Task.FromResult<ITransformer>(_ml.Transforms.CopyColumns("Copy", "Features").Fit(rows)),
        }).RunAsync(Token));
        Assert.Contains("TrainAsync returned", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("(Parameter", e.Message, StringComparison.Ordinal);
        Assert.Equal("model-1.zip", Assert.Single(_models.GetFiles()).Name);
    }

    /// <summary>The AUC has no value for rows of one class, as after a change there may be few of the rare one: the loop waits for more rows and goes on.</summary>
    [Fact]
    public async Task While_the_rows_are_of_one_class_no_model_is_trained()
    {
        // Some rows before the turn, too, none is positive: all that may belong to the change are of one class.
        Write((i, x) => i < (Rows / 2) - 400 && x > 0.5f, (i, x) => i is >= (Rows / 2) - 400 and < Rows / 2 ? x / 2 : x);
        await TrainFirstAsync();
        await ScoreAsync("first");
        int trained = 0;
        var log = new RecordedLog();
        RetrainingLoop loop = Loop(
            (rows, _) =>
            {
                trained++;
                return Task.FromResult(Train(rows));
            },
            log);
        MonitorResult result = await loop.RunAsync(Token);
        Assert.NotEmpty(Assert.Single(result.Models).Drifts);
        Assert.Equal(0, trained);
        Assert.Equal("model-1.zip", Assert.Single(_models.GetFiles()).Name);
        Assert.Single(log.Warnings, w => w.Contains("have only one label", StringComparison.Ordinal));
    }

    /// <summary>The labels of the latest rows have not come yet: rows without one do not count, and no model is trained from a handful.</summary>
    [Theory]
    [InlineData(400, false)]
    [InlineData(900, true)]
    public async Task Only_rows_with_a_label_count(int labelled, bool isEnough)
    {
        Write((i, x) => i < (Rows / 2) + labelled ? x > 0.5f == i < Rows / 2 : null);
        await TrainFirstAsync();
        await ScoreAsync("first");
        int trained = 0;
        var retrained = new List<RetrainedEventArgs>();
        RetrainingLoop loop = Loop((rows, _) =>
        {
            trained = rows.GetColumn<bool>("Label").Count();
            return Task.FromResult(Train(rows));
        });
        loop.Retrained += (_, e) => retrained.Add(e);
        MonitorResult result = await loop.RunAsync(Token);
        Assert.Equal((Rows / 2) - labelled, result.UnusableLabels);
        Assert.NotEmpty(Assert.Single(result.Models).Drifts);
        if (isEnough)
        {
            Assert.NotNull(Assert.Single(retrained).Model);
            Assert.InRange(trained, 0.5 * labelled, 0.9 * labelled); // 0.7 of those that have a label
        }
        else
        {
            Assert.Equal(0, trained);
            Assert.Empty(retrained);
        }
    }

    /// <summary>While labels are waited for, what has been counted is not read again; of a topic that was cut, all is.</summary>
    [Fact]
    public async Task Labels_are_counted_once()
    {
        Write((i, _) => i % 4 == 0 ? null : i % 4 == 1);
        KafkaDatasetOptions options = new Contest(OptionsOf((_, _) => throw new InvalidOperationException()), NullLogger.Instance).LabelledRows;
        var count = new LabelCount(options with { Split = DatasetSplit.ByOffset(0, 0.5) }, options with { Split = DatasetSplit.ByOffset(0.5, 1) });
        int end = Rows / 3;
        await count.ReadAsync(Snapshot((0, 0, 4), (1, 0, 0), (2, 9, 9)), Token);
        Assert.Equal(3, count.Rows);
        await count.ReadAsync(Snapshot((0, 0, 4), (1, 0, 0), (2, 9, 9)), Token);
        Assert.Equal(3, count.Rows);
        await count.ReadAsync(Snapshot((0, 0, 400), (1, 100, 400), (2, 20, 420)), Token);
        Assert.Equal(300 + 225 + 300, count.Rows);
        Assert.True(count.HasDifferent);
        await count.ReadAsync(Snapshot((0, 40, 400), (1, 100, 440), (2, 20, 420)), Token);
        Assert.Equal(270 + 255 + 300, count.Rows);
        await count.ReadAsync(Snapshot((0, 0, end), (1, 0, end), (2, 0, end)), Token);
        Assert.Equal(end * 3 * 3 / 4, count.Rows, 2.0);

        static DatasetSnapshot Snapshot(params (int Partition, long Start, long End)[] ranges) => new("input", null, ranges.Select(r => new PartitionRange(r.Partition, r.Start, r.End)));
    }

    /// <summary>Scorers use the newest file by name: a model of a lesser name would be promoted, and never used.</summary>
    [Theory]
    [InlineData("zeta", null)]
    [InlineData("model-x", null)]
    [InlineData("model-99999999999999999999", null)]
    [InlineData("alpha", "model-1.zip")]
    [InlineData("mode", "model-1.zip")]
    [InlineData("model", "model-1.zip")]
    [InlineData("model-0", "model-1.zip")]
    [InlineData("model-20261129101112", "model-20261129101113.zip")]
    public async Task A_new_model_comes_after_the_champion_by_name(string champion, string? next)
    {
        Write();
        await TrainFirstAsync(champion);
        await ScoreAsync("first");
        var retrained = new List<RetrainedEventArgs>();
        RetrainingLoop loop = Loop((rows, _) => Task.FromResult(Train(rows)));
        loop.Retrained += (_, e) => retrained.Add(e);
        if (next is null)
        {
            ModelException e = await Assert.ThrowsAsync<ModelException>(() => loop.RunAsync(Token));
            Assert.Contains($"before the champion {champion}.zip", e.Message, StringComparison.Ordinal);
            Assert.Empty(retrained);
        }
        else
        {
            await loop.RunAsync(Token);
            Assert.Equal(Path.Combine(_models.FullName, next), Assert.Single(retrained).Model);
            Assert.StartsWith(Path.GetFileNameWithoutExtension(next) + "@", await ScoreAsync("second"));
        }
    }

    /// <summary>The monitor counts the rows of a range or a split only; rows outside may be wrong, or kept for a test.</summary>
    [Theory]
    [InlineData("partition")]
    [InlineData("offsets")]
    [InlineData("split")]
    [InlineData("split by key")]
    public async Task Only_rows_that_the_labels_have_are_trained_from(string part)
    {
        Write();
        await TrainFirstAsync();
        await ScoreAsync("first");
        KafkaDatasetOptions labels = part switch
        {
            "partition" => Labelled with { Range = TopicRange.Partitions(0) },
            "offsets" => Labelled with { Range = TopicRange.Offsets([new PartitionRange(1, 0, 1200), new PartitionRange(2, 300, 1100)]) },
            "split" => Labelled with { Split = DatasetSplit.ByOffset(0.2, 0.8, seed: 9) },
            _ => Labelled with { Split = DatasetSplit.ByField("x", 0, 0.6) },
        };
        HashSet<(int, long)> allowed;
        await using (KafkaDataset rows = await KafkaDataset.OpenAsync("input", labels, Token))
        {
            allowed = [.. PositionsOf(rows.ToDataView(_ml))];
        }

        (int, long)[] trained = [];
        var retrained = new List<RetrainedEventArgs>();
        RetrainingLoop loop = Loop(
            (rows, _) =>
            {
                trained = [.. PositionsOf(rows)];
                return Task.FromResult(Train(rows));
            },
            labels: labels);
        loop.Retrained += (_, e) => retrained.Add(e);
        await loop.RunAsync(Token);

        RetrainedEventArgs e = Assert.Single(retrained);
        Assert.InRange(e.ChampionAuc, 0, 0.2);
        Assert.All(trained, p => Assert.Contains(p, allowed));
        long since = allowed.Count(p => e.Snapshot.Partitions.Any(r => r.Partition == p.Item1 && p.Item2 >= r.Start && p.Item2 < r.End));
        Assert.InRange(trained.Length, 0.6 * since, 0.8 * since); // the rest is held out
    }

    /// <summary>A real broker's time index gives the rows since the change of all partitions.</summary>
    [Fact]
    public void The_rows_since_a_change_are_those_of_the_range()
    {
        DatasetSnapshot range = new("t", null, [new PartitionRange(0, 10, 50), new PartitionRange(1, 0, 30), new PartitionRange(2, 60, 90), new PartitionRange(3, 0, 1)]);
        DatasetSnapshot since = new("t", null, [new PartitionRange(0, 40, 100), new PartitionRange(1, 40, 100), new PartitionRange(2, 40, 80)]);
        Assert.Equal([new PartitionRange(0, 40, 50), new PartitionRange(1, 30, 30), new PartitionRange(2, 60, 80)], RowsSince.Intersect(range, since).Partitions);
    }

    /// <summary>Another content of the champion's file is another model: what was found of the former one says nothing about it.</summary>
    [Fact]
    public async Task A_change_of_what_the_file_had_before_does_not_count()
    {
        Write();
        await TrainFirstAsync();
        await ScoreAsync("first");
        await TrainFirstAsync(partition: 1);
        MonitorResult result = await Loop((_, _) => throw new InvalidOperationException("There is nothing to train for.")).RunAsync(Token);
        Assert.NotEmpty(Assert.Single(result.Models).Drifts);
    }

    /// <summary>Scorers fall back to the newest file that can be loaded, and so does the loop; the damaged one keeps its name.</summary>
    [Theory]
    [InlineData("three bytes")]
    [InlineData("half")]
    [InlineData("empty")]
    public async Task A_damaged_newest_file_is_not_the_champion(string damage)
    {
        Write();
        await TrainFirstAsync();
        byte[] whole = await File.ReadAllBytesAsync(Path.Combine(_models.FullName, "model-1.zip"), Token);
        await File.WriteAllBytesAsync(Path.Combine(_models.FullName, "model-2.zip"), whole[..(damage switch { "half" => whole.Length / 2, "empty" => 0, _ => 3 })], Token);
        Assert.StartsWith("model-1@", await ScoreAsync("first"));
        var retrained = new List<RetrainedEventArgs>();
        var log = new RecordedLog();
        RetrainingLoop loop = Loop((rows, _) => Task.FromResult(Train(rows)), log);
        loop.Retrained += (_, e) => retrained.Add(e);
        await loop.RunAsync(Token);

        Assert.Equal(Path.Combine(_models.FullName, "model-3.zip"), Assert.Single(retrained).Model);
        Assert.Single(log.Warnings, w => w.Contains("model-2.zip cannot be loaded", StringComparison.Ordinal));
        Assert.StartsWith("model-3@", await ScoreAsync("second"));
    }

    /// <summary>Scorers go on with the model that they have loaded, and the loop compares with it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_champion_that_is_lost_meanwhile_is_still_compared_with(bool isRemoved)
    {
        Write();
        await TrainFirstAsync();
        await ScoreAsync("first");
        var retrained = new List<RetrainedEventArgs>();
        RetrainingLoop loop = Loop(async (rows, _) =>
        {
            string champion = Path.Combine(_models.FullName, "model-1.zip");
            if (isRemoved)
            {
                File.Delete(champion);
            }
            else
            {
                await File.WriteAllBytesAsync(champion, new byte[100], Token);
            }

            return Train(rows);
        });
        loop.Retrained += (_, e) => retrained.Add(e);
        await loop.RunAsync(Token);

        RetrainedEventArgs e = Assert.Single(retrained);
        Assert.InRange(e.ChampionAuc, 0, 0.2);
        Assert.Equal(Path.Combine(_models.FullName, "model-2.zip"), e.Model);
    }

    [Fact]
    public async Task A_directory_that_vanishes_is_named()
    {
        Write();
        await TrainFirstAsync();
        await ScoreAsync("first");
        ModelException e = await Assert.ThrowsAsync<ModelException>(() => Loop((rows, _) =>
        {
            _models.Delete(recursive: true);
            return Task.FromResult(Train(rows));
        }).RunAsync(Token));
        _models.Create();
        Assert.StartsWith($"The new model cannot be written to the directory {_models.FullName}: ", e.Message, StringComparison.Ordinal);
    }

    /// <summary>Whoever cancels the loop while it trains gets no new model, whether the training ends by itself or because its rows do.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_loop_that_is_cancelled_while_it_trains_promotes_nothing(bool readsAfterwards)
    {
        Write();
        await TrainFirstAsync();
        await ScoreAsync("first");
        using var cancelled = new CancellationTokenSource();
        int retrained = 0;
        RetrainingLoop loop = Loop(async (rows, _) =>
        {
            ITransformer before = Train(rows);
            await cancelled.CancelAsync();
            return readsAfterwards ? Train(rows) : before;
        });
        loop.Retrained += (_, _) => retrained++;
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loop.RunAsync(cancelled.Token));
        Assert.Equal(cancelled.Token, e.CancellationToken);
        Assert.Equal(0, retrained);
        Assert.Equal("model-1.zip", Assert.Single(_models.GetFiles()).Name);
    }

    /// <summary>ML.NET reports an error of its rows as one of its own; the loop reports what the error is.</summary>
    [Fact]
    public async Task When_the_rows_cannot_be_read_the_model_is_not_blamed()
    {
        Write();
        await TrainFirstAsync();
        await ScoreAsync("first");
        RetrainingLoop loop = Loop(
            (rows, _) =>
            {
                ITransformer trained = Train(rows);
                _kafka.Dispose();
                return Task.FromResult(trained);
            },
            labels: Labelled with { Timeout = TimeSpan.FromSeconds(1) });
        BrokerException e = await Assert.ThrowsAsync<BrokerException>(() => loop.RunAsync(Token));
        Assert.Equal("input", e.Topic);
        Assert.Equal("model-1.zip", Assert.Single(_models.GetFiles()).Name);
    }

    /// <summary>That a model cannot be saved is found only when it has won.</summary>
    [Fact]
    public async Task A_better_model_that_cannot_be_saved_is_named()
    {
        Write();
        await TrainFirstAsync();
        await ScoreAsync("first");
        ModelException e = await Assert.ThrowsAsync<ModelException>(() => Loop((rows, _) => Task.FromResult<ITransformer>(
            _ml.Transforms.CustomMapping<Copied, Copied>((from, to) => to.Features = from.Features, contractName: null)
                .Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression()).Fit(rows))).RunAsync(Token));
        Assert.StartsWith("The model that TrainAsync returned is better, but cannot be saved: ", e.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidOperationException>(e.InnerException);
        Assert.Equal("model-1.zip", Assert.Single(_models.GetFiles()).Name);
    }

    /// <summary>The file before it is what scorers start with, whether or not the newest one was in use.</summary>
    [Fact]
    public async Task When_the_champion_is_removed_the_one_before_it_is_used()
    {
        Write();
        await TrainFirstAsync("model-2");
        await TrainFirstAsync("model-1");
        var champion = new Champion(OptionsOf((_, _) => throw new InvalidOperationException()), _ml, NullLogger.Instance);
        Assert.StartsWith("model-2@", (await champion.FindAsync(Token)).Version);
        File.Delete(Path.Combine(_models.FullName, "model-2.zip"));
        Assert.StartsWith("model-1@", (await champion.FindAsync(Token)).Version);
        File.Delete(Path.Combine(_models.FullName, "model-1.zip"));
        Assert.StartsWith("model-1@", (await champion.FindAsync(Token)).Version);
        await TrainFirstAsync("model-3");
        Assert.StartsWith("model-3@", (await champion.FindAsync(Token)).Version);
    }

    [Fact]
    public async Task A_first_model_that_is_damaged_is_named()
    {
        await File.WriteAllBytesAsync(Path.Combine(_models.FullName, "model-1.zip"), new byte[100], Token);
        ModelException e = await Assert.ThrowsAsync<ModelException>(() => Loop((rows, _) => Task.FromResult(Train(rows))).RunAsync(Token));
        Assert.Contains("model-1.zip cannot be loaded as a model of ML.NET", e.Message, StringComparison.Ordinal);
        Assert.StartsWith("model-1@", e.ModelVersion);
    }

    [Fact]
    public async Task A_loop_runs_once()
    {
        Write();
        await TrainFirstAsync();
        await ScoreAsync("first");
        RetrainingLoop loop = Loop((rows, _) => Task.FromResult(Train(rows)));
        await loop.RunAsync(Token);
        InvalidOperationException e = await Assert.ThrowsAsync<InvalidOperationException>(() => loop.RunAsync(Token));
        Assert.StartsWith("The loop has been run before", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_first_model_nothing_starts()
    {
        Write();
        ModelException e = await Assert.ThrowsAsync<ModelException>(() => Loop((rows, _) => Task.FromResult(Train(rows))).RunAsync(Token));
        Assert.Equal($"The directory {_models.FullName} has no model (*.zip): train the first model before the loop starts.", e.Message);
        _models.Delete();
        e = await Assert.ThrowsAsync<ModelException>(() => Loop((rows, _) => Task.FromResult(Train(rows))).RunAsync(Token));
        Assert.Equal($"The directory {_models.FullName} does not exist: train the first model before the loop starts.", e.Message);
        _models.Create();
    }

    [Fact]
    public void Every_fault_of_the_options_is_named()
    {
        InvalidOptionsException e = Assert.Throws<InvalidOptionsException>(() => new RetrainingLoop(new RetrainingOptions
        {
            Monitor = new MonitorOptions { ScoresTopic = "s", Scores = Input, LabelsTopic = "l", Labels = Labelled with { Split = DatasetSplit.ByTime(DateTimeOffset.UnixEpoch, null) }, CreateDetector = null },
            ModelDirectory = " ",
            ModelName = "a/b",
            TrainAsync = (_, _) => throw new InvalidOperationException(),
            HoldOut = 1,
            MinRows = 1,
            MinGain = -1,
            CheckInterval = TimeSpan.Zero,
        }));
        Assert.All(["CreateDetector", "Monitor.Labels.Split is ByTime", "ModelDirectory", "ModelName", "HoldOut", "MinRows", "MinGain", "CheckInterval"], name => Assert.Contains(name, e.Message));
    }

    public void Dispose()
    {
        _kafka.Dispose();
        _models.Delete(recursive: true);
    }

    private RetrainingLoop Loop(Func<IDataView, CancellationToken, Task<ITransformer>> train, RecordedLog? log = null, KafkaDatasetOptions? labels = null) => new(OptionsOf(train, log, labels));

    private RetrainingOptions OptionsOf(Func<IDataView, CancellationToken, Task<ITransformer>> train, RecordedLog? log = null, KafkaDatasetOptions? labels = null) => new()
    {
        Monitor = new MonitorOptions
        {
            ScoresTopic = "scores",
            Scores = Input with { Features = null, Format = RecordFormat.Json([new DatasetColumn("PredictedLabel", ColumnType.Boolean), new DatasetColumn("Score", ColumnType.Single), new DatasetColumn("Probability", ColumnType.Single)]) },
            LabelsTopic = "input",
            Labels = (labels ?? Labelled) with { LoggerFactory = log?.ToFactory() },
            Grace = TimeSpan.FromSeconds(1),
        },
        ModelDirectory = _models.FullName,
        TrainAsync = train,
        MinRows = 500,
        MLContext = _ml,
    };

    private static IEnumerable<(int Partition, long Offset)> PositionsOf(IDataView rows) => rows.GetColumn<int>("Partition").Zip(rows.GetColumn<long>("Offset"));

    private ITransformer Train(IDataView rows) => _ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(rows);

    /// <summary>Writes a row each millisecond; returns the time of the first one after the turn.</summary>
    private DateTimeOffset Write(Func<int, float, bool?>? labelOf = null, Func<int, float, float>? featureOf = null)
    {
        _kafka.CreateTopic("input", 3);
        DateTimeOffset begin = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);
        var random = new Random(5);
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = _kafka.BootstrapServers, LingerMs = 5 }).SetLogHandler((_, _) => { }).Build();
        for (int i = 0; i < Rows; i++)
        {
            float x = random.NextSingle();
            x = featureOf?.Invoke(i, x) ?? x;
            bool usual = (random.NextDouble() < 0.95 == x > 0.5f) == i < Rows / 2;
            bool? label = labelOf is null ? usual : labelOf(i, x);
            producer.Produce(new TopicPartition("input", i % 3), new Message<Null, byte[]>
            {
                Value = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"x":{{x}},"y":{{(label is { } known ? (known ? "1" : "0") : "null")}}}""")),
                Timestamp = new Timestamp(begin.AddMilliseconds(i)),
            });
        }

        producer.Flush(Token);
        return begin.AddMilliseconds(Rows / 2);
    }

    private async Task TrainFirstAsync(string name = "model-1", int partition = 0)
    {
        await using KafkaDataset rows = await KafkaDataset.OpenAsync("input", Labelled with { Range = TopicRange.Offsets([new PartitionRange(partition, 0, Rows / 6)]) }, Token);
        IDataView view = rows.ToDataView(_ml);
        _ml.Model.Save(Train(view), view.Schema, Path.Combine(_models.FullName, $"{name}.zip"));
    }

    private async Task<string> ScoreAsync(string group)
    {
        await using KafkaScorer scorer = await KafkaScorer.JoinAsync("input", Input, new ScorerOptions
        {
            GroupId = group,
            OutputTopic = "scores",
            Model = ModelSource.Directory(_models.FullName, ml: _ml),
            Delivery = Delivery.AtLeastOnce,
            CommitInterval = TimeSpan.FromMilliseconds(50),
        }, Token);
        await scorer.RunAsync(StopAt.CaughtUp, Token);
        return scorer.ModelVersion;
    }

    private sealed class Copied
    {
        [VectorType(1)]
        public float[] Features { get; set; } = [];
    }
}
