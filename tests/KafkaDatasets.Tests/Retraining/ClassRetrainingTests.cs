using System.Globalization;
using System.Text;
using Confluent.Kafka;
using KafkaDatasets.Tests.Fetching;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.Retraining;

/// <summary>Models of several classes, and of numbers, are retrained too.</summary>
public sealed class ClassRetrainingTests : IDisposable
{
    private const int Rows = 4000;

    private static readonly string[] Classes = ["low", "middle", "high"];

    private readonly DirectoryInfo _models = Directory.CreateTempSubdirectory("kafkadatasets-models-");
    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly MLContext _ml = new(seed: 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private KafkaDatasetOptions Input => new()
    {
        BootstrapServers = _kafka.BootstrapServers,
        Format = RecordFormat.Json([new DatasetColumn("x", ColumnType.Single), new DatasetColumn("y", ColumnType.Text), new DatasetColumn("n", ColumnType.Single) { IsNullable = true }]),
        Features = ["x"],
        ClientConfig = EmbeddedGroups.Quick,
    };

    private KafkaDatasetOptions Labelled => Input with { Label = LabelColumn.Category("y", Classes) };

    /// <summary>
    /// After half of the rows, low is high. The champion numbers the classes otherwise than the label does, and gives them as text; the challenger gives the label's keys: both are compared by the names of the classes.
    /// </summary>
    [Fact]
    public async Task A_better_model_of_several_classes_is_promoted()
    {
        Write();
        await using (KafkaDataset rows = await KafkaDataset.OpenAsync("input", Labelled with { Range = TopicRange.Offsets([new PartitionRange(0, 0, Rows / 6)]) }, Token))
        {
            IDataView view = rows.ToDataView(_ml);
            var renumbered = _ml.Transforms.Conversion.MapKeyToValue("name", "Label")
                .Append(_ml.Transforms.Conversion.MapValueToKey("Label", "name", keyOrdinality: Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue)); // high, low, middle
            ITransformer model = _ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy().Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(renumbered.Fit(view).Transform(view));
            _ml.Model.Save(model, view.Schema, Path.Combine(_models.FullName, "model-1.zip"));
        }

        await ScoreAsync("first");
        var retrained = new List<RetrainedEventArgs>();
        RetrainingLoop loop = Loop(Labelled, (rows, _) => Task.FromResult<ITransformer>(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy().Fit(rows)));
        loop.Retrained += (_, e) => retrained.Add(e);
        MonitorResult result = await loop.RunAsync(Token);

        RetrainedEventArgs e = Assert.Single(retrained);
        Assert.Equal("accuracy", e.Measure);
        Assert.InRange(e.ChampionScore, 0.2, 0.5); // right in the middle only
        Assert.InRange(e.ChallengerScore, 0.8, 1);
        Assert.Equal(double.NaN, e.ChampionAuc);
        Assert.Equal(Path.Combine(_models.FullName, "model-2.zip"), e.Model);
        Assert.StartsWith("model-1@", Assert.Single(result.Models).Version);
        Assert.StartsWith("model-2@", await ScoreAsync("second"));
    }

    /// <summary>The label of many models is mapped by their pipelines, from the form that it had where they were trained; no score depends on it, and scorers do not need it.</summary>
    [Theory]
    [InlineData("text")]
    [InlineData("another column")]
    [InlineData("number")]
    public async Task A_champion_whose_pipeline_maps_the_label_is_compared(string form)
    {
        Write();
        var random = new Random(7);
        Trained[] rows = [.. Enumerable.Range(0, 600).Select(_ => random.NextSingle()).Select(x => new Trained { Features = [x], Label = Classes[(int)(x * 3)], Number = x })];
        IDataView view = _ml.Data.LoadFromEnumerable(rows);
        view = form switch
        {
            "text" => _ml.Transforms.DropColumns("Number").Fit(view).Transform(view),
            "another column" => Renamed(view, "class", "Label"),
            _ => Renamed(_ml.Transforms.DropColumns("Label").Fit(view).Transform(view), "Label", "Number"),
        };
        IEstimator<ITransformer> pipeline = form == "number"
            ? _ml.Transforms.Conversion.ConvertType("Label", outputKind: DataKind.Single).Append(_ml.Regression.Trainers.OnlineGradientDescent(numberOfIterations: 20))
            : _ml.Transforms.Conversion.MapValueToKey("Label", form == "text" ? "Label" : "class", keyOrdinality: Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
                .Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy())
                .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        _ml.Model.Save(pipeline.Fit(view), view.Schema, Path.Combine(_models.FullName, "model-1.zip"));
        await ScoreAsync("first");
        var retrained = new List<RetrainedEventArgs>();
        RetrainingLoop loop = Loop(
            form == "number" ? Numbered : Labelled,
            (rows, _) => Task.FromResult<ITransformer>(form == "number" ? _ml.Regression.Trainers.OnlineGradientDescent(numberOfIterations: 20).Fit(rows) : _ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy().Fit(rows)));
        loop.Retrained += (_, e) => retrained.Add(e);
        await loop.RunAsync(Token);

        RetrainedEventArgs e = Assert.Single(retrained);
        Assert.InRange(e.ChampionScore, form == "number" ? double.NegativeInfinity : 0.2, form == "number" ? 0 : 0.5);
        Assert.InRange(e.ChallengerScore, 0.7, 1);
        Assert.Equal(Path.Combine(_models.FullName, "model-2.zip"), e.Model);

        IDataView Renamed(IDataView rows, string name, string source)
        {
            IDataView copied = _ml.Transforms.CopyColumns(name, source).Fit(rows).Transform(rows);
            return _ml.Transforms.DropColumns([source, .. name == "class" ? ["Number"] : Array.Empty<string>()]).Fit(copied).Transform(copied);
        }
    }

    /// <summary>Training may take hours; that the champion cannot be compared is said before.</summary>
    [Fact]
    public async Task A_champion_that_cannot_be_compared_is_named_before_training()
    {
        Write();
        await using (KafkaDataset rows = await KafkaDataset.OpenAsync("input", Numbered, Token))
        {
            IDataView view = rows.ToDataView(_ml);
            _ml.Model.Save(_ml.Transforms.Conversion.ConvertType("Score", "x", DataKind.Double).Fit(view), view.Schema, Path.Combine(_models.FullName, "model-1.zip"));
        }

        await ScoreAsync("first");
        ModelException e = await Assert.ThrowsAsync<ModelException>(() => Loop(Numbered, (_, _) => throw new InvalidOperationException("This is too late.")).RunAsync(Token));
        Assert.Contains("The model model-1@", e.Message, StringComparison.Ordinal);
        Assert.Contains("column 'Score' is of type Double", e.Message, StringComparison.Ordinal);
    }

    /// <summary>Of a single label nothing is learned and by it nothing is compared: the accuracy of a model that knows no other is 1, and R² has no value.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task While_the_rows_have_one_label_no_model_is_trained(bool isNumber)
    {
        // Some rows before the turn, too: all that may belong to the change have the same label.
        const int Constant = (Rows / 2) - 400;
        Write((i, x) => i is >= Constant and < Rows / 2 ? 0.5f : x, (i, x) => i >= Constant ? (Classes[1], 0.5f) : (Classes[(int)(x * 3)], x));
        if (isNumber)
        {
            await ScoreNumbersAsync();
        }
        else
        {
            await ScoreClassesAsync();
        }

        int trained = 0;
        var log = new RecordedLog();
        RetrainingLoop loop = Loop((isNumber ? Numbered : Labelled) with { LoggerFactory = log.ToFactory() }, (rows, _) =>
        {
            trained++;
            return Task.FromResult<ITransformer>(_ml.Regression.Trainers.OnlineGradientDescent().Fit(rows));
        });
        MonitorResult result = await loop.RunAsync(Token);
        Assert.NotEmpty(Assert.Single(result.Models).Drifts);
        Assert.Equal(0, trained);
        Assert.Equal("model-1.zip", Assert.Single(_models.GetFiles()).Name);
        Assert.Single(log.Warnings, w => w.Contains("have only one label", StringComparison.Ordinal));
    }

    /// <summary>A class that is not among the categories does not count as a label, nor does a missing number.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Only_rows_with_a_label_count(bool isNumber)
    {
        const int LabelledTo = (Rows / 2) + 400;
        Write(labelOf: (i, x) => i >= LabelledTo ? ("other", float.NaN) : i < Rows / 2 ? (Classes[(int)(x * 3)], x) : (Classes[2 - (int)(x * 3)], -x));
        if (isNumber)
        {
            await ScoreNumbersAsync();
        }
        else
        {
            await ScoreClassesAsync();
        }

        RetrainingLoop loop = Loop(isNumber ? Numbered : Labelled, (_, _) => throw new InvalidOperationException("There are too few labels."));
        MonitorResult result = await loop.RunAsync(Token);
        Assert.NotEmpty(Assert.Single(result.Models).Drifts);
        Assert.Equal(Rows - LabelledTo, result.UnusableLabels);
    }

    [Fact]
    public async Task Numbers_are_compared_by_their_errors()
    {
        Write();
        await ScoreNumbersAsync();
        var retrained = new List<RetrainedEventArgs>();
        RetrainingLoop loop = Loop(Numbered, (rows, _) => Task.FromResult<ITransformer>(_ml.Regression.Trainers.OnlineGradientDescent(numberOfIterations: 20).Fit(rows)));
        loop.Retrained += (_, e) => retrained.Add(e);
        await loop.RunAsync(Token);

        RetrainedEventArgs e = Assert.Single(retrained);
        Assert.Equal("R²", e.Measure);
        Assert.True(e.ChampionScore < 0);
        Assert.InRange(e.ChallengerScore, 0.7, 1);
        Assert.NotNull(e.Model);
    }

    /// <summary>ML.NET leaves rows that are scored NaN out, and says 0 of a model that scores none, which is better than the champion's: a diverged model would be promoted.</summary>
    [Theory]
    [InlineData("0.0f / (x - x)")]
    [InlineData("n > -0.1f ? n : 0.0f / 0.0f")]
    public async Task A_challenger_that_scores_fewer_rows_is_not_promoted(string score)
    {
        Write();
        await ScoreNumbersAsync();
        var retrained = new List<RetrainedEventArgs>();
        RetrainingLoop loop = Loop(Numbered, (rows, _) => Task.FromResult<ITransformer>(_ml.Transforms.Expression("Score", $"(x, n) => {score}", "x", "n").Fit(rows)));
        loop.Retrained += (_, e) => retrained.Add(e);
        await loop.RunAsync(Token);

        RetrainedEventArgs e = Assert.Single(retrained);
        Assert.True(e.ChampionScore < 0);
        Assert.Equal(double.NaN, e.ChallengerScore);
        Assert.Null(e.Model);
        Assert.Equal("model-1.zip", Assert.Single(_models.GetFiles()).Name);
    }

    /// <summary>A champion that gives NaN has no R²; any model that has one is better.</summary>
    [Fact]
    public async Task A_champion_that_scores_no_row_is_replaced()
    {
        Write();
        await ScoreNumbersAsync();
        var retrained = new List<RetrainedEventArgs>();
        RetrainingLoop loop = Loop(Numbered, (rows, _) =>
        {
            // A model without scores has no errors that change: it takes the champion's place when the change has been found.
            _ml.Model.Save(_ml.Transforms.Expression("Score", "(x) => 0.0f / (x - x)", "x").Fit(rows), rows.Schema, Path.Combine(_models.FullName, "model-1.zip"));
            return Task.FromResult<ITransformer>(_ml.Regression.Trainers.OnlineGradientDescent(numberOfIterations: 20).Fit(rows));
        });
        loop.Retrained += (_, e) => retrained.Add(e);
        await loop.RunAsync(Token);

        RetrainedEventArgs e = Assert.Single(retrained);
        Assert.Equal(double.NaN, e.ChampionScore);
        Assert.InRange(e.ChallengerScore, 0.7, 1);
        Assert.Equal(Path.Combine(_models.FullName, "model-2.zip"), e.Model);
    }

    [Fact]
    public async Task A_model_of_another_kind_is_named()
    {
        Write();
        await ScoreNumbersAsync();
        ModelException e = await Assert.ThrowsAsync<ModelException>(() => Loop(Numbered, (rows, _) => Task.FromResult<ITransformer>(_ml.Transforms.CopyColumns("other", "Features").Fit(rows))).RunAsync(Token));
        Assert.Contains("that TrainAsync returned", e.Message, StringComparison.Ordinal);
        Assert.Contains("R²", e.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _kafka.Dispose();
        _models.Delete(recursive: true);
    }

    private KafkaDatasetOptions Numbered => Input with { Label = LabelColumn.Regression("n") };

    private Task ScoreNumbersAsync() => ScoreAllAsync(Numbered, Rows / 6, rows => _ml.Regression.Trainers.OnlineGradientDescent(numberOfIterations: 20).Fit(rows));

    private Task ScoreClassesAsync() => ScoreAllAsync(Labelled, Rows / 8, rows => _ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy().Fit(rows));

    /// <summary>Trains a first model from rows before the turn, and scores all with it.</summary>
    private async Task ScoreAllAsync(KafkaDatasetOptions labels, int count, Func<IDataView, ITransformer> fit)
    {
        await using (KafkaDataset rows = await KafkaDataset.OpenAsync("input", labels with { Range = TopicRange.Offsets([new PartitionRange(0, 0, count)]) }, Token))
        {
            IDataView view = rows.ToDataView(_ml);
            _ml.Model.Save(fit(view), view.Schema, Path.Combine(_models.FullName, "model-1.zip"));
        }

        await ScoreAsync("first");
    }

    private RetrainingLoop Loop(KafkaDatasetOptions labels, Func<IDataView, CancellationToken, Task<ITransformer>> train) => new(new RetrainingOptions
    {
        Monitor = new MonitorOptions
        {
            ScoresTopic = "scores",
            Scores = Input with
            {
                Features = null,
                Format = RecordFormat.Json(labels.Label!.Kind == LabelKind.Regression
                    ? [new DatasetColumn("Score", ColumnType.Single)]
                    : [new DatasetColumn("PredictedLabel", ColumnType.Text), new DatasetColumn("Score", ColumnType.Single) { IsVector = true }]),
            },
            LabelsTopic = "input",
            Labels = labels,
            ScoreClasses = labels.Label.Kind == LabelKind.Category ? ["high", "low", "middle"] : null,
            Grace = TimeSpan.FromSeconds(1),
        },
        ModelDirectory = _models.FullName,
        TrainAsync = train,
        MinRows = 500,
        MLContext = _ml,
    });

    /// <summary>Writes a row each millisecond.</summary>
    private void Write(Func<int, float, float>? featureOf = null, Func<int, float, (string Class, float Number)>? labelOf = null)
    {
        _kafka.CreateTopic("input", 3);
        DateTimeOffset begin = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);
        var random = new Random(5);
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = _kafka.BootstrapServers, LingerMs = 5 }).SetLogHandler((_, _) => { }).Build();
        for (int i = 0; i < Rows; i++)
        {
            float x = random.NextSingle();
            x = featureOf?.Invoke(i, x) ?? x;
            int third = (int)(x * 3);
            bool isTurned = i >= Rows / 2;
            (string name, float number) = labelOf?.Invoke(i, x) ?? (Classes[isTurned ? 2 - third : third], isTurned ? -x : x);
            producer.Produce(new TopicPartition("input", i % 3), new Message<Null, byte[]>
            {
                Value = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"x":{{x}},"y":"{{name}}","n":{{(float.IsNaN(number) ? "null" : number)}}}""")),
                Timestamp = new Timestamp(begin.AddMilliseconds(i)),
            });
        }

        producer.Flush(Token);
    }

    /// <summary>A row as it may have been read from a file.</summary>
    private sealed class Trained
    {
        [VectorType(1)]
        public float[] Features { get; set; } = [];

        public string Label { get; set; } = "";

        public double Number { get; set; }
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
}
