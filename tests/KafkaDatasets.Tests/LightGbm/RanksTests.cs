using KafkaDatasets.LightGbm;
using Microsoft.ML;
using Microsoft.ML.Trainers.LightGbm;
using Xunit;

namespace KafkaDatasets.Tests.LightGbm;

/// <summary>That the number of ranks makes no difference to the model, beyond rounding.</summary>
public sealed class RanksTests(RankTopic topic) : IClassFixture<RankTopic>
{
    /// <summary>Trees so small that no leaf is near the least number of rows, which ranks only estimate.</summary>
    private static readonly LightGbmOptions Small = new() { Iterations = 10, Leaves = 7 };

    [Fact]
    public async Task Two_three_and_four_ranks_give_the_same_trees()
    {
        LightGbmOptions options = Small with { Leaves = 31, CategoricalFeatures = [nameof(RankTopic.Order.Country)] };
        LightGbmModel two = await RankTopic.TrainAsync(2, topic.Options, options);
        LightGbmModel three = await RankTopic.TrainAsync(3, topic.Options, options);
        LightGbmModel four = await RankTopic.TrainAsync(4, topic.Options, options);

        RankTopic.AssertSame(two, three);
        RankTopic.AssertSame(two, four);
        Assert.Equal((4000, 10), (four.Rows, four.Iterations));
    }

    [Theory]
    [InlineData(LabelKind.Binary, 1, 7)]
    [InlineData(LabelKind.Regression, 1, 7)]
    [InlineData(LabelKind.Regression, 1, 31)] // the second derivative of each row is 1: nothing is estimated
    [InlineData(LabelKind.Regression, 1, 63)]
    [InlineData(LabelKind.Category, 2, 7)] // the leaves of sure classes have so small second derivatives that their rows are estimated badly
    [InlineData(LabelKind.Category, 2, 31)]
    public async Task Few_and_three_ranks_give_the_same_trees(LabelKind kind, int few, int leaves)
    {
        KafkaDatasetOptions dataset = topic.Options with { Label = LabelOf(kind) };

        LightGbmModel one = await RankTopic.TrainAsync(few, dataset, Small with { Leaves = leaves });
        LightGbmModel three = await RankTopic.TrainAsync(3, dataset, Small with { Leaves = leaves });

        // The constant of a regression is the mean of the ranks' means.
        RankTopic.AssertSame(one, three, kind == LabelKind.Regression ? 1e-6 * RankTopic.Values(one.Text, "leaf_value").Max() : 1e-9);
    }

    [Theory]
    [InlineData(LabelKind.Binary, 7, "1")]
    [InlineData(LabelKind.Binary, 31, "1")]
    [InlineData(LabelKind.Binary, 63, "1")]
    [InlineData(LabelKind.Category, 7, "1")]
    [InlineData(LabelKind.Category, 31, "20")] // ranks estimate the number of rows bin by bin, so that few rows of sure classes count as none
    [InlineData(LabelKind.Category, 63, "20")]
    public async Task Where_the_number_of_rows_decides_nothing_one_rank_gives_the_trees_of_three(LabelKind kind, int leaves, string hessian)
    {
        KafkaDatasetOptions dataset = topic.Options with { Label = LabelOf(kind) };
        LightGbmOptions options = Small with { Leaves = leaves, MinRowsPerLeaf = 1, Parameters = new Dictionary<string, string> { ["min_sum_hessian_in_leaf"] = hessian } };

        RankTopic.AssertSame(await RankTopic.TrainAsync(1, dataset, options), await RankTopic.TrainAsync(3, dataset, options));
    }

    [Fact]
    public async Task Area_under_the_curve_is_that_of_MLNets_trainer()
    {
        LightGbmModel one = await RankTopic.TrainAsync(1, topic.Options, Small);
        LightGbmModel three = await RankTopic.TrainAsync(3, topic.Options, Small);
        IDataView view = KafkaDataView.FromTopic(topic.ML, RankTopic.Name, topic.Options);
        ITransformer other = topic.ML.BinaryClassification.Trainers.LightGbm(
            new LightGbmBinaryTrainer.Options { NumberOfIterations = 10, NumberOfLeaves = 7, MinimumExampleCountPerLeaf = 20, LearningRate = 0.1, NumberOfThreads = 1 }).Fit(view);

        double expected = Area(other);
        Assert.InRange(expected, 0.85, 0.99);
        Assert.Equal(expected, Area(one.ToTransformer(topic.ML)), 0.002);
        Assert.Equal(expected, Area(three.ToTransformer(topic.ML)), 0.002);

        double Area(ITransformer model) => topic.ML.BinaryClassification.Evaluate(model.Transform(view)).AreaUnderRocCurve;
    }

    [Fact]
    public async Task Voting_ranks_give_one_model()
    {
        LightGbmModel model = await RankTopic.TrainAsync(3, topic.Options, Small with { TreeLearner = LightGbmTreeLearner.Voting, Parameters = new Dictionary<string, string> { ["top_k"] = "2" } });

        Assert.Equal(10, model.Iterations);
    }

    [Fact]
    public async Task Weights_count_on_every_rank()
    {
        LightGbmOptions weighted = Small with { Weight = nameof(RankTopic.Order.Weight) };
        LightGbmModel one = await RankTopic.TrainAsync(1, topic.Options, weighted);
        LightGbmModel three = await RankTopic.TrainAsync(3, topic.Options, weighted);
        LightGbmModel unweighted = await RankTopic.TrainAsync(1, topic.Options, Small);

        RankTopic.AssertSame(one, three);
        Assert.NotEqual(RankTopic.Values(one.Text, "leaf_value"), RankTopic.Values(unweighted.Text, "leaf_value"));
    }

    [Fact]
    public async Task Training_stops_at_the_smallest_loss_of_the_validation_rows_whatever_the_number_of_ranks()
    {
        LightGbmOptions options = Small with { Iterations = 200, LearningRate = 0.5, Validation = DatasetSplit.ByOffset(0.7, 1), EarlyStoppingRounds = 3 };
        KafkaDatasetOptions train = topic.Options with { Split = DatasetSplit.ByOffset(0, 0.7) };

        LightGbmModel one = await RankTopic.TrainAsync(1, train, options);
        LightGbmModel three = await RankTopic.TrainAsync(3, train, options);

        Assert.InRange(one.Iterations, 1, 100);
        Assert.Equal(one.Iterations + 3, one.ValidationLosses.Count);
        Assert.Equal(one.ValidationLosses.Min(), one.ValidationLosses[one.Iterations - 1]);
        RankTopic.AssertSame(one, three);
        Assert.All(one.ValidationLosses.Zip(three.ValidationLosses), l => Assert.Equal(l.First, l.Second, 1e-6 * l.First));

        // The loss is of the rows that were left out, and of the model as a transformer.
        IDataView view = KafkaDataView.FromTopic(topic.ML, RankTopic.Name, topic.Options with { Split = options.Validation });
        double bits = topic.ML.BinaryClassification.Evaluate(three.ToTransformer(topic.ML).Transform(view)).LogLoss;
        Assert.Equal(three.ValidationLosses.Min(), bits * Math.Log(2), 1e-4);
    }

    private static LabelColumn LabelOf(LabelKind kind) => kind switch
    {
        LabelKind.Binary => LabelColumn.Binary(nameof(RankTopic.Order.IsReturned)),
        LabelKind.Regression => LabelColumn.Regression(nameof(RankTopic.Order.Value)),
        _ => LabelColumn.Category(nameof(RankTopic.Order.Size), ["small", "medium", "large"]),
    };
}
