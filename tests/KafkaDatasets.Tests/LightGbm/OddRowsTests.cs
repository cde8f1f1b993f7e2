using System.Text;
using Confluent.Kafka;
using KafkaDatasets.LightGbm;
using KafkaDatasets.LightGbm.Engine;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.LightGbm;

/// <summary>Rows from which little or nothing can be learned, and values that are no categories.</summary>
public sealed class OddRowsTests(OddRowsTests.Broker broker) : IClassFixture<OddRowsTests.Broker>
{
    private static readonly MLContext ML = new(seed: 1);

    /// <summary>The average of the labels is zero as a score, so that LightGBM's only tree has the value zero.</summary>
    [Fact]
    public async Task A_model_that_has_learned_nothing_scores_zero()
    {
        KafkaDatasetOptions binary = broker.Options(LabelColumn.Binary("y"), ["a"]);
        (string topic, LightGbmModel model) = await TrainAsync(binary, new LightGbmOptions(), ["{\"a\":1,\"y\":1}", "{\"a\":2,\"y\":0}"]);
        Assert.Equal(0, model.Iterations);
        IDataView scored = model.ToTransformer(ML).Transform(KafkaDataView.FromTopic(ML, topic, binary));
        Assert.Equal([0f, 0f], scored.GetColumn<float>("Score"));
        Assert.Equal([0.5f, 0.5f], scored.GetColumn<float>("Probability"));

        KafkaDatasetOptions regression = broker.Options(LabelColumn.Regression("y"), ["a"]);
        (topic, model) = await TrainAsync(regression, new LightGbmOptions { Group = "g" }, [.. Enumerable.Range(0, 30).Select(i => $"{{\"a\":{i},\"y\":{i % 3},\"g\":{i}}}")]); // queries of one row each
        Assert.All(model.ToTransformer(ML).Transform(KafkaDataView.FromTopic(ML, topic, regression)).GetColumn<float>("Score"), score => Assert.Equal(0f, score));
    }

    [Theory]
    [InlineData("1.5", "1.5")]
    [InlineData("-0.5", "-0.5")]
    [InlineData("Infinity", "Infinity")]
    [InlineData("16777216", "16777216")]
    public async Task What_is_no_category_is_named(string value, string expected)
    {
        KafkaDatasetOptions dataset = broker.Options(LabelColumn.Regression("y"), ["a", "c"]);
        foreach (string? group in (string?[])[null, "g"])
        {
            LightGbmException e = await Assert.ThrowsAsync<LightGbmException>(() => TrainAsync(
                dataset, new LightGbmOptions { CategoricalFeatures = ["c"], Group = group }, [.. Enumerable.Range(0, 30).Select(i => $"{{\"a\":{i},\"c\":{(i == 20 ? value : "3")},\"y\":{i % 3},\"g\":{i / 10}}}")]));
            Assert.Equal(20, e.Offset);
            Assert.Contains($"the category 'c' is {expected}, which", e.Message);
        }
    }

    /// <summary>In a tensor, such a class is a missing value; but the record has one.</summary>
    [Fact]
    public async Task A_class_that_is_not_listed_is_not_said_to_be_only_missing()
    {
        KafkaDatasetOptions dataset = broker.Options(LabelColumn.Category("t", ["p", "q"]), ["a"]);
        LightGbmException e = await Assert.ThrowsAsync<LightGbmException>(() => TrainAsync(dataset, new LightGbmOptions(), ["{\"a\":1,\"t\":\"p\"}", "{\"a\":2,\"t\":\"r\"}"]));
        Assert.Equal(1, e.Offset);
        Assert.Contains("the label is missing, or none of the dataset's categories, which", e.Message);
    }

    [Theory]
    [InlineData("lambda_l2", "abc")]
    [InlineData("monotone_constraints", "7,8,9")]
    public async Task A_value_that_LightGBM_cannot_use_is_named_with_its_parameter(string name, string value)
    {
        KafkaDatasetOptions dataset = broker.Options(LabelColumn.Regression("y"), ["a"]);
        var options = new LightGbmOptions { Parameters = new Dictionary<string, string> { [name] = value } };
        LightGbmException e = await Assert.ThrowsAsync<LightGbmException>(() => TrainAsync(dataset, options, ["{\"a\":1,\"y\":0}", "{\"a\":2,\"y\":1}"]));
        Assert.Contains($"Parameters has {name} = {value}", e.Message);
    }

    [Fact]
    public async Task Gains_of_grades_are_numbers_and_limit_the_grades()
    {
        KafkaDatasetOptions dataset = broker.Options(LabelColumn.Regression("y"), ["a"]);
        string[] rows = [.. Enumerable.Range(0, 30).Select(i => $"{{\"a\":{i},\"y\":{(i == 20 ? 4 : i % 3)},\"g\":{i / 10}}}")];
        InvalidOptionsException invalid = await Assert.ThrowsAsync<InvalidOptionsException>(() => TrainAsync(dataset, Gains("0,1,b"), rows));
        Assert.Contains("'label_gain' = '0,1,b', which is not a list of numbers", invalid.Message);
        LightGbmException e = await Assert.ThrowsAsync<LightGbmException>(() => TrainAsync(dataset, Gains("0,1,3"), rows));
        Assert.Equal(20, e.Offset);
        Assert.Contains("the grade is 4, which", e.Message);
        await TrainAsync(dataset, Gains("0,1,3,7,15"), rows);

        static LightGbmOptions Gains(string gains) => new() { Group = "g", Parameters = new Dictionary<string, string> { ["label_gain"] = gains } };
    }

    [Fact]
    public async Task Categories_may_be_missing_negative_and_the_largest_number_below_2_to_the_24th()
    {
        KafkaDatasetOptions dataset = broker.Options(LabelColumn.Regression("y"), ["c"]);
        string[] values = ["null", "-3", "16777215", "4"];
        (_, LightGbmModel model) = await TrainAsync(
            dataset, new LightGbmOptions { CategoricalFeatures = ["c"], MinRowsPerLeaf = 1, Iterations = 2 }, [.. Enumerable.Range(0, 400).Select(i => $"{{\"c\":{values[i % 4]},\"y\":{i % 4}}}")]);
        Assert.Equal(2, model.Iterations);
    }

    [Fact]
    public async Task Columns_for_weights_and_groups_that_are_absent_or_text_are_named_by_the_option()
    {
        KafkaDatasetOptions dataset = broker.Options(LabelColumn.Regression("y"), ["a"]);
        Assert.Contains("Weight names 'w', which topic 'rows-", await FaultAsync(dataset, new LightGbmOptions { Weight = "w" }));
        Assert.Contains("Group names 'q', which topic 'rows-", await FaultAsync(dataset, new LightGbmOptions { Group = "q" }));
        KafkaDatasetOptions text = broker.Options(LabelColumn.Category("t", ["x", "y"]), ["a"]);
        Assert.Contains("Weight names 'u', which holds values of type Text", await FaultAsync(text with { Format = RecordFormat.Json([new DatasetColumn("a", ColumnType.Double), new DatasetColumn("t", ColumnType.Text), new DatasetColumn("u", ColumnType.Text)]) }, new LightGbmOptions { Weight = "u" }));

        async Task<string> FaultAsync(KafkaDatasetOptions of, LightGbmOptions options)
        {
            InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => TrainAsync(of, options, ["{\"a\":1,\"y\":1,\"t\":\"x\",\"u\":\"1\"}"]));
            return Assert.Single(e.Faults);
        }
    }

    /// <summary>It is found before the training, not at the first checkpoint, and does not hide that a training was cancelled.</summary>
    [Fact]
    public async Task A_directory_that_takes_no_checkpoint_is_told_at_the_start()
    {
        string file = Path.GetTempFileName();
        try
        {
            LightGbmException e = await Assert.ThrowsAsync<LightGbmException>(() => TrainAsync(
                broker.Options(LabelColumn.Regression("y"), ["a"]), new LightGbmOptions { CheckpointDirectory = file, CheckpointInterval = 50, Iterations = 1 }, ["{\"a\":1,\"y\":1}", "{\"a\":2,\"y\":0}"]));
            Assert.StartsWith($"No checkpoint can be written to '{file}': ", e.Message);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_cancelled_training_is_cancelled_even_if_its_checkpoint_cannot_be_written()
    {
        string directory = Directory.CreateTempSubdirectory("lightgbm").FullName;
        using var cancel = new CancellationTokenSource();
        var progress = new Told(p =>
        {
            if (p.Iteration == 2)
            {
                Directory.Delete(directory, recursive: true);
                File.WriteAllText(directory, "in the way");
                cancel.Cancel();
            }
        });
        try
        {
            string topic = await broker.WriteAsync([.. Enumerable.Range(0, 100).Select(i => $"{{\"a\":{i},\"y\":{i % 2}}}")]);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LightGbmTrainer.TrainAsync(
                topic, broker.Options(LabelColumn.Regression("y"), ["a"]), new LightGbmOptions { Threads = 1, CheckpointDirectory = directory, CheckpointInterval = 50, Iterations = 40, MinRowsPerLeaf = 1, Progress = progress }, cancel.Token));
        }
        finally
        {
            File.Delete(directory);
        }
    }

    [Fact]
    public async Task One_category_is_too_few()
    {
        KafkaDatasetOptions dataset = broker.Options(LabelColumn.Category("t", ["only"]), ["a"]);
        LightGbmException e = await Assert.ThrowsAsync<LightGbmException>(() => TrainAsync(dataset, new LightGbmOptions(), ["{\"a\":1,\"t\":\"only\"}"]));
        Assert.Contains("label 't': there are not two categories", e.Message);
    }

    [Fact]
    public async Task Features_whose_names_LightGBM_takes_for_one()
    {
        KafkaDatasetOptions dataset = broker.Options(LabelColumn.Regression("y"), ["a b", "a,b", "a_b", "a"]);
        (string topic, LightGbmModel model) = await TrainAsync(
            dataset, new LightGbmOptions { MinRowsPerLeaf = 1, Iterations = 1 }, [.. Enumerable.Range(0, 40).Select(i => $"{{\"a b\":{i},\"a,b\":{i % 2},\"a_b\":{i % 3},\"a\":0,\"y\":{i % 2}}}")]);
        Assert.Contains("feature_names=a_b_2 a_b_3 a_b a\n", model.Text);
        Assert.Equal(["a b", "a,b", "a_b", "a"], model.Features);
        Assert.Equal([0.45f, 0.55f], model.ToTransformer(ML).Transform(KafkaDataView.FromTopic(ML, topic, dataset)).GetColumn<float>("Score").Distinct().Order().Select(s => MathF.Round(s, 3)));
    }

    /// <summary>LightGBM's text lists how important each feature is, one a line, after its name.</summary>
    [Theory]
    [InlineData("parameters")]
    [InlineData("Tree=0")]
    [InlineData("split_feature")]
    [InlineData("threshold")]
    [InlineData("max_feature_idx")]
    public async Task Features_that_are_named_like_a_part_of_the_models_text(string name)
    {
        string[] rows = [.. Enumerable.Range(0, 40).Select(i => $"{{\"{name}\":{i % 2},\"c\":{i % 2},\"y\":{i % 2}}}")];
        foreach (string feature in (string[])[name, "c"])
        {
            KafkaDatasetOptions dataset = broker.Options(LabelColumn.Regression("y"), [name, "c"]);
            (string topic, LightGbmModel model) = await TrainAsync(dataset, new LightGbmOptions { MinRowsPerLeaf = 1, Iterations = 1, CategoricalFeatures = feature == "c" ? ["c"] : [] }, rows);
            Assert.Contains($"\n{name}=", model.Text);
            Assert.Equal([0.45f, 0.55f], model.ToTransformer(ML).Transform(KafkaDataView.FromTopic(ML, topic, dataset)).GetColumn<float>("Score").Distinct().Order().Select(s => MathF.Round(s, 3)));
        }
    }

    /// <summary>Of a view, items of a vector have no columns, and <c>Features</c> and <c>Label</c> are not the fields of these names. Only the second category makes a difference here.</summary>
    [Theory]
    [InlineData("v", "[1,2,3]")]
    [InlineData("Features", "1")]
    [InlineData("Label", "1")]
    public async Task Features_that_are_no_columns_of_a_view_beside_categories(string name, string value)
    {
        string[] rows = [.. Enumerable.Range(0, 60).Select(i => $"{{\"{name}\":{value},\"c\":{i % 3},\"y\":{(i % 3 == 1 ? 1 : 0)}}}")];
        bool isVector = value[0] == '[';
        KafkaDatasetOptions dataset = broker.Options(LabelColumn.Regression("y"), [name, "c"]) with
        {
            Format = RecordFormat.Json([new DatasetColumn(name, ColumnType.Single) { IsVector = isVector, Size = isVector ? 3 : 0 }, new DatasetColumn("c", ColumnType.Double), new DatasetColumn("y", ColumnType.Double)]),
        };
        var options = new LightGbmOptions { MinRowsPerLeaf = 1, Iterations = 1, CategoricalFeatures = ["c"] };
        (string topic, LightGbmModel model) = await TrainAsync(dataset, options, rows);
        Assert.Contains("num_cat=1\n", model.Text);
        float[] scores = [.. model.ToTransformer(ML).Transform(KafkaDataView.FromTopic(ML, topic, dataset)).GetColumn<float>("Score")];
        Assert.All(scores.Index(), s => Assert.Equal(s.Index % 3 == 1 ? 0.4f : 0.3f, s.Item, 0.001));

        string feature = isVector ? $"{name}.1" : name;
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => TrainAsync(dataset, options with { CategoricalFeatures = ["c", feature] }, rows));
        Assert.StartsWith($"CategoricalFeatures names '{feature}', which is ", Assert.Single(e.Faults));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_checkpoint_of_a_label_with_other_categories_is_not_continued(bool isBinary)
    {
        string directory = Directory.CreateTempSubdirectory("lightgbm").FullName;
        try
        {
            string topic = await broker.WriteAsync([.. Enumerable.Range(0, 100).Select(i => $"{{\"a\":{i % 2},\"t\":\"{(i % 2 == 0 ? "x" : "y")}\"}}")]);
            var options = new LightGbmOptions { Threads = 1, CheckpointDirectory = directory, Iterations = 40, MinRowsPerLeaf = 1 };
            using var cancel = new CancellationTokenSource();
            var stopped = new Told(p =>
            {
                if (p.Iteration == 20)
                {
                    cancel.Cancel();
                }
            });
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LightGbmTrainer.TrainAsync(topic, Dataset("x", "y"), options with { Progress = stopped }, cancel.Token));

            int first = -1;
            var noted = new Told(p => first = first < 0 && p.Phase == LightGbmPhase.Training ? p.Iteration : first);
            await LightGbmTrainer.TrainAsync(topic, Dataset("y", "x"), options with { Progress = noted }, TestContext.Current.CancellationToken);
            Assert.Equal(1, first);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        KafkaDatasetOptions Dataset(string first, string second) => broker.Options(isBinary ? LabelColumn.Binary("t", first) : LabelColumn.Category("t", [first, second]), ["a"]);
    }

    [Fact]
    public async Task Rows_whose_weights_are_all_zero_are_told()
    {
        KafkaDatasetOptions dataset = broker.Options(LabelColumn.Regression("y"), ["a", "c"]) with { Features = ["a"] };
        LightGbmException e = await Assert.ThrowsAsync<LightGbmException>(() => TrainAsync(
            dataset, new LightGbmOptions { Weight = "c" }, [.. Enumerable.Range(0, 40).Select(i => $"{{\"a\":{i},\"c\":0,\"y\":{i}}}")]));
        Assert.Contains("has no rows in the range whose Weight 'c' is greater than 0", e.Message);
        e = await Assert.ThrowsAsync<LightGbmException>(() => TrainAsync(
            dataset with { Split = DatasetSplit.ByTime(Broker.Time(20), null) },
            new LightGbmOptions { Weight = "c", Validation = DatasetSplit.ByTime(null, Broker.Time(20)) },
            [.. Enumerable.Range(0, 40).Select(i => $"{{\"a\":{i},\"c\":{(i < 20 ? 0 : 1)},\"y\":{i}}}")]));
        Assert.StartsWith("Validation has no rows of topic 'rows-", e.Message);
        Assert.EndsWith("' whose Weight 'c' is greater than 0.", e.Message);
    }

    [Fact]
    public async Task Messages_of_LightGBM_end_with_one_full_stop()
    {
        var options = new LightGbmOptions { Parameters = new Dictionary<string, string> { ["bagging_fraction"] = "7" } };
        LightGbmException e = await Assert.ThrowsAsync<LightGbmException>(() => TrainAsync(broker.Options(LabelColumn.Regression("y"), ["a"]), options, ["{\"a\":1,\"y\":1}", "{\"a\":2,\"y\":0}"]));
        Assert.Matches(@"^LightGBM reports: .*bagging_fraction.*[^. \n]\.$", e.Message);
    }

    [Theory]
    [InlineData("x y", "x_y", "x_y_2|x_y")]
    [InlineData("x y", "x,y", "x_y|x_y_2")]
    [InlineData("x", "é", "x|é")]
    public void Names_are_unique(string first, string second, string expected) => Assert.Equal(expected.Split('|'), FeatureName.Escape([first, second]));

    private async Task<(string Topic, LightGbmModel Model)> TrainAsync(KafkaDatasetOptions dataset, LightGbmOptions options, string[] rows)
    {
        string topic = await broker.WriteAsync(rows);
        return (topic, await LightGbmTrainer.TrainAsync(topic, dataset, options with { Threads = 1 }, TestContext.Current.CancellationToken));
    }

    private sealed class Told(Action<LightGbmProgress> tell) : IProgress<LightGbmProgress>
    {
        public void Report(LightGbmProgress value) => tell(value);
    }

    /// <summary>Topics of JSON rows.</summary>
    public sealed class Broker : IDisposable
    {
        private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();

        /// <summary>The timestamp of a row.</summary>
        public static DateTimeOffset Time(int row) => DateTimeOffset.UnixEpoch.AddDays(20_000).AddSeconds(row);

        public KafkaDatasetOptions Options(LabelColumn label, string[] features) => new()
        {
            BootstrapServers = _kafka.BootstrapServers,
            Format = RecordFormat.Json([.. features.Select(f => new DatasetColumn(f, ColumnType.Double, true)), label.Field == "t" ? new DatasetColumn("t", ColumnType.Text) : new DatasetColumn("y", ColumnType.Double), new DatasetColumn("g", ColumnType.Double, true)]),
            Label = label,
            Features = features,
        };

        public async Task<string> WriteAsync(string[] rows)
        {
            string topic = $"rows-{Guid.NewGuid():N}";
            using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = _kafka.BootstrapServers }).Build();
            foreach ((int i, string row) in rows.Index())
            {
                var message = new Message<Null, byte[]> { Value = Encoding.UTF8.GetBytes(row), Timestamp = new Timestamp(Time(i)) };
                await producer.ProduceAsync(new TopicPartition(topic, 0), message, TestContext.Current.CancellationToken);
            }

            return topic;
        }

        public void Dispose() => _kafka.Dispose();
    }
}
