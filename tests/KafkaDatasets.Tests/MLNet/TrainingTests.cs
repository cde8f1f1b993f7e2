using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Formats.Avro;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Xunit;

namespace KafkaDatasets.Tests.MLNet;

/// <summary>ML.NET's own operations and learners do the same on a topic as on the same rows in memory.</summary>
public sealed class TrainingTests : IAsyncLifetime
{
    private const int Count = 3000;

    private const string Schema = """
        {"type":"record","name":"R","fields":[{"name":"signal","type":"boolean"},{"name":"a","type":"float"},{"name":"b","type":"float"},{"name":"c","type":"float"},{"name":"name","type":"string"}]}
        """;

    private readonly MLContext _ml = new(seed: 1);
    private readonly List<Row> _rows = [];
    private KafkaDataset _dataset = null!;
    private IDataView _topic = null!;
    private IDataView _memory = null!;

    public async ValueTask InitializeAsync()
    {
        var random = new Random(1);
        Row[][] partitions = [.. ((int[])[1800, 1000, 200]).Select(n => Enumerable.Range(0, n).Select(_ => Row.Next(random)).ToArray())];
        FakePartition[] logs = [.. partitions.Select((rows, p) => FakePartition.Of(p, rows.Select(r => AvroBytes.Encode(Schema, r.Label, r.Features[0], r.Features[1], r.Features[2], r.Name))))];
        _dataset = await new FakeEngine(logs).OpenAsync(Schema, LabelColumn.Binary("signal"));
        for (int stripe = 0; stripe * 1024 < 1800; stripe++)
        {
            _rows.AddRange(partitions.SelectMany(p => p.Skip(stripe * 1024).Take(1024)));
        }

        _topic = _dataset.ToDataView(_ml);
        _memory = _ml.Data.LoadFromEnumerable(_rows);
        Assert.Equal(Count, _rows.Count);
    }

    public ValueTask DisposeAsync() => _dataset.DisposeAsync();

    [Fact]
    public void Trees_are_those_of_the_rows_in_memory() =>
        AssertSame(ml => ml.BinaryClassification.Trainers.FastTree(numberOfTrees: 5, numberOfLeaves: 8));

    [Fact]
    public void Logistic_regression_is_that_of_the_rows_in_memory() =>
        AssertSame(ml => ml.BinaryClassification.Trainers.LbfgsLogisticRegression(new LbfgsLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1, MaximumNumberOfIterations = 10 }));

    [Fact]
    public void Dual_coordinate_ascent_is_that_of_the_rows_in_memory() =>
        AssertSame(ml => ml.BinaryClassification.Trainers.SdcaLogisticRegression(new SdcaLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1, MaximumNumberOfIterations = 5, Shuffle = false, BiasLearningRate = 0.1f, L2Regularization = 0.01f, L1Regularization = 0.1f }));

    [Fact]
    public void Online_learners_are_those_of_the_rows_in_memory() =>
        AssertSame(ml => ml.BinaryClassification.Trainers.AveragedPerceptron(new AveragedPerceptronTrainer.Options { NumberOfIterations = 3, Shuffle = false }));

    [Fact]
    public void Learners_that_shuffle_learn_the_same_twice()
    {
        float[][] scores = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            var ml = new MLContext(seed: 7);
            return Scores(ml.BinaryClassification.Trainers.SdcaLogisticRegression(new SdcaLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1, MaximumNumberOfIterations = 3 }).Fit(_dataset.ToDataView(ml)).Transform(_memory));
        })];
        Assert.Equal(scores[0], scores[1]);
    }

    [Fact]
    public void A_split_is_that_of_the_rows_in_memory()
    {
        DataOperationsCatalog.TrainTestData topic = _ml.Data.TrainTestSplit(_topic, 0.3, seed: 5);
        DataOperationsCatalog.TrainTestData memory = _ml.Data.TrainTestSplit(_memory, 0.3, seed: 5);
        Assert.Equal(memory.TrainSet.Read("Features", "Name"), topic.TrainSet.Read("Features", "name"));
        List<object[]> test = topic.TestSet.Read("Features", "name");
        Assert.Equal(memory.TestSet.Read("Features", "Name"), test);
        Assert.Equal(test, topic.TestSet.Read("Features", "name"));
        Assert.InRange(test.Count, Count / 5, Count / 2);
    }

    [Fact]
    public void Folds_hold_each_row_once()
    {
        IReadOnlyList<DataOperationsCatalog.TrainTestData> folds = _ml.Data.CrossValidationSplit(_topic, 4, seed: 3);
        object[] tested = [.. folds.SelectMany(f => f.TestSet.Read("name")).Select(r => r[0])];
        Assert.Equal(_rows.Select(r => r.Name).Order(), tested.Cast<string>().Order());
    }

    [Fact]
    public void A_cached_view_and_operations_on_it_hold_the_same_rows()
    {
        IDataView cached = _ml.Data.Cache(_topic, "Features", "name");
        List<object[]> expected = _topic.Read("Features", "name");
        Assert.Equal(_memory.Read("Features", "Name"), expected);
        Assert.Equal(expected, cached.Read("Features", "name"));
        Assert.Equal(expected, cached.Read("Features", "name"));
        Assert.Equal(Count, cached.GetRowCount());
        Assert.Equal(expected[10..25], _ml.Data.TakeRows(_ml.Data.SkipRows(_topic, 10), 15).Read("Features", "name"));
        Assert.Equal(_rows.Where(r => r.Features[0] is >= -0.5f and < 0.5f).Select(r => r.Name), _ml.Data.FilterRowsByColumn(_topic, "a", -0.5, 0.5).Read("name").Select(r => r[0]));
        Assert.Equal(_rows.Select(r => r.Name).Order(), _ml.Data.ShuffleRows(_topic, seed: 2).Read("name").Select(r => (string)r[0]).Order());
    }

    [Fact]
    public void Saved_rows_are_the_rows()
    {
        string file = Path.GetTempFileName();
        try
        {
            using (FileStream stream = File.Create(file))
            {
                _ml.Data.SaveAsBinary(_topic, stream);
            }

            IDataView saved = _ml.Data.LoadFromBinary(file);
            string[] columns = ["Label", "Features", "signal", "a", "b", "c", "name", "Partition", "Offset", "Timestamp"];
            Assert.Equal(columns, saved.Schema.Select(c => c.Name));
            Assert.Equal(["a", "b", "c"], saved.Schema["Features"].Texts("SlotNames"));
            Assert.Equal(_topic.Read(columns), saved.Read(columns));
            using var text = new MemoryStream();
            _ml.Data.SaveAsText(_ml.Data.TakeRows(_topic, 20), text, schema: false, headerRow: false);
            Assert.Equal(20, System.Text.Encoding.UTF8.GetString(text.ToArray()).TrimEnd().Split('\n').Length);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Clustering_that_asks_for_a_set_of_cursors_ends()
    {
        var options = new KMeansTrainer.Options { NumberOfClusters = 3, MaximumNumberOfIterations = 3, NumberOfThreads = 2 };
        Assert.Equal(3, new HashSet<object>(_ml.Clustering.Trainers.KMeans(options).Fit(_topic).Transform(_topic).Read("PredictedLabel").Select(r => r[0])).Count);
    }

    private void AssertSame<T>(Func<MLContext, IEstimator<T>> trainer)
        where T : class, ITransformer
    {
        var first = new MLContext(seed: 1);
        var second = new MLContext(seed: 1);
        float[] topic = Scores(trainer(first).Fit(_dataset.ToDataView(first)).Transform(_memory));
        float[] memory = Scores(trainer(second).Fit(second.Data.LoadFromEnumerable(_rows)).Transform(_memory));
        Assert.True(memory.Distinct().Count() > 5, "the model tells rows apart");
        Assert.Equal(memory, topic);
    }

    private static float[] Scores(IDataView scored) => [.. scored.Read("Score").Select(r => (float)r[0])];

    private sealed class Row
    {
        public bool Label { get; init; }

        [VectorType(3)]
        public float[] Features { get; init; } = [];

        public string Name { get; init; } = "";

        public static Row Next(Random random)
        {
            float[] features = [random.NextSingle() - 0.5f, random.NextSingle() * 4, random.NextSingle() * random.NextSingle()];
            return new Row { Features = features, Label = features[0] * features[1] + (0.3 * random.NextDouble()) > 0.1, Name = $"row {random.Next()}" };
        }
    }
}
