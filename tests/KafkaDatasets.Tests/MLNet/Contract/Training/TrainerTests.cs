using Microsoft.ML;
using Microsoft.ML.Trainers;
using SusyDemo.Training;
using Xunit;

namespace KafkaDatasets.Tests.MLNet.Contract.Training;

/// <summary>A model trained from a topic is the model trained from the same rows in memory, or in a text file: every score is the same, bit by bit.</summary>
public sealed class TrainerTests(TrainingTopic topic) : IClassFixture<TrainingTopic>
{
    private const int Seed = 7;

    public static TheoryData<string> Cases => [.. TrainerCases.All.Select(Key)];

    public static TheoryData<string> Continued => [.. TrainerCases.All.Where(c => c.Continue is not null).Select(Key)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_same_model(string key)
    {
        if (Case(key).Name == "LightGbm" && !Learners.HasLightGbm)
        {
            Requirement.Missing(Learners.LightGbmMissing);
        }

        AssertSame(Case(key).Label, Case(key).Fit);
    }

    [Theory]
    [MemberData(nameof(Continued))]
    public void The_same_model_when_continued(string key) => AssertSame(Case(key).Label, Case(key).Continue!);

    /// <summary>Not so on a set of cursors whose threads race for the rows.</summary>
    [Fact]
    public void KMeans_on_several_threads_is_repeatable()
    {
        Assert.Equal(Train(), Train());

        List<object[]> Train()
        {
            IDataView view = topic.FromTopic(new MLContext(Seed));
            return Scores(new MLContext(Seed).Clustering.Trainers.KMeans(new KMeansTrainer.Options { NumberOfClusters = 4, NumberOfThreads = 4 }).Fit(view), view);
        }
    }

    [Fact]
    public void The_table_of_trainers_is_what_is_tested() => GeneratedDocument.Verify("docs/trainers.md", TrainerTable.Render());

    private void AssertSame(Label label, Func<MLContext, IDataView, ITransformer> fit)
    {
        IDataView view = topic.FromTopic(new MLContext(Seed), label);
        List<object[]> scores = Scores(fit(new MLContext(Seed), view), view);
        Assert.Equal(topic.Rows.Count, scores.Count);
        Assert.True(scores.Select(s => ColumnKey(s[0])).Distinct().Count() > 1 || fit == Prior, "all scores are one");
        IDataView shuffled = topic.ShuffledLike(view, label);
        Assert.Equal(Scores(fit(new MLContext(Seed), shuffled), shuffled), scores);
        var plain = new PlainView(view);
        scores = Scores(fit(new MLContext(Seed), plain), plain);
        foreach (IDataView other in (IDataView[])[topic.FromEnumerable(label), topic.FromText(label)])
        {
            Assert.Equal(Scores(fit(new MLContext(Seed), other), other), scores);
        }
    }

    private static Func<MLContext, IDataView, ITransformer> Prior { get; } = TrainerCases.All.Single(c => c.Name == "Prior").Fit;

    private static object ColumnKey(object score) => score is float[] scores ? string.Join(' ', scores) : score;

    private static List<object[]> Scores(ITransformer model, IDataView data) => model.Transform(data).Read("Score");

    private static string Key(TrainerCase trainer) => $"{trainer.Task}: {trainer.Name}";

    private static TrainerCase Case(string key) => TrainerCases.All.Single(c => Key(c) == key);
}
