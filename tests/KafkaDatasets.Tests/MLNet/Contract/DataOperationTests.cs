using KafkaDatasets.Tests.MLNet.Contract.Training;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;
using static Microsoft.ML.DataOperationsCatalog;

namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>What ML.NET does with views, it does with a topic's as with the same rows in memory.</summary>
public sealed class DataOperationTests(TrainingTopic topic) : IClassFixture<TrainingTopic>
{
    private const int Seed = 3;
    private static readonly string[] Columns = ["Label", "Features", "query"];

    [Fact]
    public void TrainTestSplit()
    {
        var ml = new MLContext(Seed);
        TrainTestData split = ml.Data.TrainTestSplit(topic.FromTopic(new MLContext()), 0.3);
        long[] train = [.. split.TrainSet.GetColumn<long>("number")];
        long[] test = [.. split.TestSet.GetColumn<long>("number")];
        Assert.Equal(topic.Rows.Select(r => r.Number), train.Concat(test).Order());
        Assert.InRange(test.Length, 850, 1250);
        Assert.Equal(train, split.TrainSet.GetColumn<long>("number"));
        AssertSame((ml, view) => ml.Data.TrainTestSplit(view, 0.3).TestSet);
        AssertSame((ml, view) => ml.Data.TrainTestSplit(view, 0.3, samplingKeyColumnName: "query").TrainSet);
    }

    [Fact]
    public void CrossValidate()
    {
        double[] areas = Areas(topic.FromTopic(new MLContext()));
        Assert.Equal(Areas(topic.FromEnumerable(Label.Signal)), areas);
        Assert.Equal(areas, Areas(topic.FromTopic(new MLContext())));
        Assert.All(areas, area => Assert.InRange(area, 0.9, 1));

        static double[] Areas(IDataView view)
        {
            var ml = new MLContext(Seed);
            return [.. ml.BinaryClassification.CrossValidate(view, ml.BinaryClassification.Trainers.LbfgsLogisticRegression(), 4).Select(f => f.Metrics.AreaUnderRocCurve)];
        }
    }

    [Fact]
    public void CrossValidationSplit()
    {
        var ml = new MLContext(Seed);
        long[] tested = [.. ml.Data.CrossValidationSplit(topic.FromTopic(new MLContext()), 5).SelectMany(f => f.TestSet.GetColumn<long>("number"))];
        Assert.Equal(topic.Rows.Select(r => r.Number), tested.Order());
    }

    [Fact]
    public void ShuffleRows()
    {
        AssertSame((ml, view) => ml.Data.ShuffleRows(new PlainView(view), 5));
        AssertSame((ml, view) => ml.Data.ShuffleRows(view, 5, 500, shuffleSource: false));
        AssertSame((ml, view) => ml.Data.ShuffleRows(view, 5, 50, shuffleSource: false));
        long[] shuffled = [.. new MLContext(1).Data.ShuffleRows(topic.FromTopic(new MLContext())).GetColumn<long>("number")];
        Assert.NotEqual(topic.Rows.Select(r => r.Number), shuffled);
        Assert.Equal(topic.Rows.Select(r => r.Number), shuffled.Order());
    }

    [Fact]
    public void Filters()
    {
        var ml = new MLContext(Seed);
        IDataView view = topic.FromTopic(ml);
        Assert.Equal(topic.Rows.Where(r => r.Features[2] is >= -0.5f and < 1).Select(r => r.Number), ml.Data.FilterRowsByColumn(view, "f2", -0.5, 1).GetColumn<long>("number"));
        AssertSame((ml, view) => ml.Data.FilterRowsByKeyColumnFraction(view, "query", 0.25, 0.5));
        AssertSame((ml, view) => ml.Data.FilterRowsByMissingValues(view, "Features"));
        AssertSame((ml, view) => ml.Data.TakeRows(view, 1500));
        AssertSame((ml, view) => ml.Data.SkipRows(view, 1500));
        AssertSame((ml, view) => ml.Data.TakeRows(ml.Data.SkipRows(view, 2000), 100));
        AssertSame((ml, view) => ml.Data.BootstrapSample(view, 9));
    }

    [Fact]
    public void Cache()
    {
        AssertSame((ml, view) => ml.Data.Cache(view));
        int passes = CountPasses(context => context.Data.Cache(topic.FromTopic(context)), cached =>
        {
            Assert.Equal(topic.Rows.Select(r => r.Signal), cached.GetColumn<bool>("Label"));
            Assert.Equal(topic.Rows.Select(r => r.Signal), cached.GetColumn<bool>("Label"));
        });
        Assert.Equal(1, passes);
    }

    [Fact]
    public void AppendCacheCheckpoint()
    {
        List<object[]> scores = Scores(topic.FromTopic(new MLContext()));
        Assert.Equal(Scores(topic.FromEnumerable(Label.Signal)), scores);

        static List<object[]> Scores(IDataView view)
        {
            var ml = new MLContext(Seed);
            var pipeline = ml.Transforms.NormalizeMeanVariance("Features").AppendCacheCheckpoint(ml).Append(ml.BinaryClassification.Trainers.AveragedPerceptron());
            return pipeline.Fit(view).Transform(view).Read("Score");
        }
    }

    [Fact]
    public void SaveAsBinary()
    {
        var ml = new MLContext(Seed);
        IDataView view = topic.FromTopic(ml, Label.Color);
        string file = topic.File("saved.idv");
        using (FileStream stream = File.Create(file))
        {
            ml.Data.SaveAsBinary(view, stream);
        }

        IDataView loaded = ml.Data.LoadFromBinary(file);
        Assert.Equal(view.Schema.Select(c => (c.Name, c.Type)), loaded.Schema.Select(c => (c.Name, c.Type)));
        string[] all = [.. view.Schema.Select(c => c.Name)];
        Assert.Equal(view.Read(all), loaded.Read(all));
        Assert.Equal(["red", "green", "blue"], loaded.Schema["Label"].Texts("KeyValues"));
        Assert.Equal(["f0", "f1", "f2", "f3", "f4", "f5"], loaded.Schema["Features"].Texts("SlotNames"));
    }

    [Fact]
    public void SaveAsText()
    {
        var ml = new MLContext(Seed);
        IDataView view = topic.FromTopic(ml, Label.Target);
        string file = topic.File("saved.txt");
        using (FileStream stream = File.Create(file))
        {
            ml.Data.SaveAsText(ml.Transforms.SelectColumns("Label", "Features", "number", "text").Fit(view).Transform(view), stream);
        }

        IDataView loaded = ml.Data.LoadFromTextFile(
            file,
            [new("Label", DataKind.Single, 0), new("Features", DataKind.Single, 1, 6), new("number", DataKind.Int64, 7), new("text", DataKind.String, 8)],
            hasHeader: true,
            allowQuoting: true);
        string[] all = [.. loaded.Schema.Select(c => c.Name)];
        Assert.Equal(view.Read(all), loaded.Read(all));
        Assert.Equal(topic.Rows.Select(r => new object[] { r.Target, r.Features, r.Number, r.Text }), loaded.Read(all));
    }

    [Fact]
    public void CreateEnumerable()
    {
        var ml = new MLContext(Seed);
        foreach (bool reuse in (bool[])[true, false])
        {
            IEnumerable<(long, bool, string, int)> rows = ml.Data.CreateEnumerable<Item>(topic.FromTopic(ml), reuse).Select(i => (i.number, i.Label, i.text, i.grade));
            Assert.Equal(topic.Rows.Select(r => (r.Number, r.Signal, r.Text, r.Grade)), rows);
        }

        Item[] items = [.. ml.Data.CreateEnumerable<Item>(topic.FromTopic(ml), reuseRowObject: false)];
        Assert.Equal(topic.Rows.Select(r => r.Features), items.Select(i => i.Features));
    }

    [Fact]
    public void Preview()
    {
        DataDebuggerPreview preview = topic.FromTopic(new MLContext()).Preview(maxRows: 20);
        Assert.Equal(20, preview.RowView.Length);
        Assert.Equal(topic.Rows.Take(20).Select(r => (object)r.Number), preview.RowView.Select(r => r.Values.Single(v => v.Key == "number").Value));
    }

    [Fact]
    public void A_pipeline_is_saved_and_loaded()
    {
        var ml = new MLContext(Seed);
        IDataView view = topic.FromTopic(ml);
        var pipeline = ml.Transforms.Categorical.OneHotEncoding("queryHot", "query")
            .Append(ml.Transforms.Text.FeaturizeText("words", "text"))
            .Append(ml.Transforms.NormalizeMinMax("Features"))
            .Append(ml.Transforms.Concatenate("Features", "Features", "queryHot"))
            .Append(ml.BinaryClassification.Trainers.FastTree(numberOfTrees: 10));
        ITransformer model = pipeline.Fit(view);
        List<object[]> scores = model.Transform(view).Read("Score", "PredictedLabel", "words");
        Assert.Equal(topic.Rows.Count, scores.Count);
        string file = topic.File("model.zip");
        ml.Model.Save(model, view.Schema, file);

        var elsewhere = new MLContext();
        ITransformer loaded = elsewhere.Model.Load(file, out DataViewSchema schema);
        Assert.Equal(view.Schema.Select(c => (c.Name, c.Type)), schema.Select(c => (c.Name, c.Type)));
        Assert.Equal(scores, loaded.Transform(topic.FromTopic(elsewhere)).Read("Score", "PredictedLabel", "words"));

        using PredictionEngine<Item, Prediction> engine = elsewhere.Model.CreatePredictionEngine<Item, Prediction>(loaded);
        Item[] items = [.. ml.Data.CreateEnumerable<Item>(view, reuseRowObject: false).Take(50)];
        Assert.Equal(scores.Take(50).Select(s => (float)s[0]), items.Select(i => engine.Predict(i).Score));
    }

    [Fact]
    public void Key_values_are_mapped_back()
    {
        var ml = new MLContext(Seed);
        IDataView view = topic.FromTopic(ml, Label.Color);
        ITransformer model = ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy().Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Append(ml.Transforms.Conversion.MapKeyToValue("truth", "Label")).Fit(view);
        object[][] rows = [.. model.Transform(view).Read("PredictedLabel", "truth")];
        Assert.Equal(topic.Rows.Select(r => (string[])["red", "green", "blue"]).Zip(topic.Rows, (names, row) => (object)names[row.Color]), rows.Select(r => r[1]));
        Assert.InRange(rows.Count(r => r[0].Equals(r[1])) / (double)rows.Length, 0.6, 1);
    }

    private int CountPasses(Func<MLContext, IDataView> open, Action<IDataView> use)
    {
        int passes = 0;
        var context = new MLContext();
        context.Log += (_, e) => passes += e.RawMessage.StartsWith("Reading " + TrainingTopic.Topic, StringComparison.Ordinal) ? 1 : 0;
        use(open(context));
        return passes;
    }

    /// <summary>Asserts that an operation gives the same on the topic and on the rows in memory.</summary>
    private void AssertSame(Func<MLContext, IDataView, IDataView> operation)
    {
        List<object[]> expected = operation(new MLContext(Seed), topic.FromEnumerable(Label.Signal)).Read(Columns);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, operation(new MLContext(Seed), topic.FromTopic(new MLContext())).Read(Columns));
    }

    private sealed class Item
    {
        public long number { get; set; }

        public bool Label { get; set; }

        public string text { get; set; } = "";

        public int grade { get; set; }

        [KeyType(TrainingRow.Queries)]
        public uint query { get; set; }

        [VectorType(TrainingRow.Width)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Prediction
    {
        public float Score { get; set; }
    }
}
