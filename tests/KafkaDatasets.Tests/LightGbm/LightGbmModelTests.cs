using KafkaDatasets.LightGbm;
using KafkaDatasets.LightGbm.Engine;
using KafkaDatasets.LightGbm.Models;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.LightGbm;

/// <summary>The model as a transformer of ML.NET, against the scores that LightGBM itself computes.</summary>
public sealed class LightGbmModelTests(RankTopic topic) : IClassFixture<RankTopic>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Saved_and_loaded_it_gives_LightGBMs_scores(bool hasCategories)
    {
        KafkaDatasetOptions dataset = topic.Options with { Label = LabelColumn.Regression(nameof(RankTopic.Order.Value)) };
        LightGbmModel model = await RankTopic.TrainAsync(1, dataset, new LightGbmOptions { Iterations = 20, CategoricalFeatures = hasCategories ? [nameof(RankTopic.Order.Country)] : [] });
        Assert.Equal(hasCategories, RankTopic.Values(model.Text, "num_cat").Sum() > 0);

        IDataView view = KafkaDataView.FromTopic(topic.ML, RankTopic.Name, dataset);
        using var file = new MemoryStream();
        topic.ML.Model.Save(model.ToTransformer(topic.ML), view.Schema, file);
        IDataView scored = topic.ML.Model.Load(file, out _).Transform(view);

        Assert.DoesNotContain(scored.Schema, c => c.Name.StartsWith("LightGbm.", StringComparison.Ordinal));
        float[] scores = [.. scored.GetColumn<float>("Score")];
        float[][] features = [.. scored.GetColumn<float[]>("Features")];
        Assert.Equal(4000, scores.Length);
        using var native = NativeBooster.Parse(model.Text);
        double[] expected = new double[1];
        for (int row = 0; row < scores.Length; row++)
        {
            native.PredictRaw(features[row], 1, 3, "num_threads=1", expected); // as the trainings that run beside it
            Assert.Equal(expected[0], scores[row], 1e-5 * Math.Max(1, Math.Abs(expected[0])));
        }
    }

    [Fact]
    public async Task Probabilities_are_calibrated_and_classes_found()
    {
        LightGbmOptions options = new() { Iterations = 20 };
        LightGbmModel binary = await RankTopic.TrainAsync(1, topic.Options, options);
        IDataView scored = binary.ToTransformer(topic.ML).Transform(KafkaDataView.FromTopic(topic.ML, RankTopic.Name, topic.Options));

        Assert.Equal(scored.GetColumn<bool>("Label").Average(l => l ? 1.0 : 0.0), scored.GetColumn<float>("Probability").Average(), 0.01);
        Assert.Equal([nameof(RankTopic.Order.Amount), nameof(RankTopic.Order.Country), nameof(RankTopic.Order.Age)], binary.Features);

        KafkaDatasetOptions sizes = topic.Options with { Label = LabelColumn.Category(nameof(RankTopic.Order.Size), ["small", "medium", "large"]) };
        LightGbmModel multiclass = await RankTopic.TrainAsync(2, sizes, options);
        IDataView view = multiclass.ToTransformer(topic.ML).Transform(KafkaDataView.FromTopic(topic.ML, RankTopic.Name, sizes));
        Assert.Equal(new KeyDataViewType(typeof(uint), 3), view.Schema["PredictedLabel"].Type);
        Assert.InRange(topic.ML.MulticlassClassification.Evaluate(view).MicroAccuracy, 0.97, 1);
    }

    [Fact]
    public void Thresholds_are_rounded_down_and_categories_found()
    {
        // 0.1 as a 32-bit number is greater than 0.1; the bits of the second word are of the categories 32 and 34.
        const string Model =
            "tree\nmax_feature_idx=1\n\nTree=0\nnum_leaves=3\nnum_cat=1\nsplit_feature=0 1\nthreshold=0.10000000000000001 0\ndecision_type=2 1\ncat_boundaries=0 2\ncat_threshold=1 5\n\n\nend of trees\n\nparameters:\n[categorical_feature: 1]\nend of parameters\n";

        string changed = ModelText.ForMLNet(Model, [0, 1], 36);

        Assert.Equal(new Dictionary<int, int> { [1] = 34 }, ModelText.LargestCategories(Model));
        Assert.Contains("threshold=0.099999994 0\n", changed);
        Assert.Contains("max_feature_idx=35\n", changed);
        Assert.Contains("[categorical_feature: ]\n", changed);
    }
}
