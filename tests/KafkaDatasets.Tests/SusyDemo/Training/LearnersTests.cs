using Microsoft.ML;
using Microsoft.ML.Data;
using SusyDemo;
using SusyDemo.Data.Generation;
using SusyDemo.Evaluation;
using SusyDemo.Network;
using SusyDemo.Training;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Training;

public sealed class LearnersTests
{
    [Theory]
    [InlineData("network", 0.82)]
    [InlineData("fasttree", 0.82)]
    [InlineData("lightgbm", 0.82)]
    [InlineData("logistic", 0.82)]
    public async Task Learns_and_is_saved_and_loaded(string name, double leastArea)
    {
        if (name == Learners.LightGbm && !Learners.HasLightGbm)
        {
            Requirement.Missing(Learners.LightGbmMissing);
        }

        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        using var directory = new TemporaryDirectory();
        var train = InMemoryEvents.From(new SusyEventGenerator(1, 5000));
        var test = InMemoryEvents.From(new SusyEventGenerator(2, 3000));
        ILearner learner = Assert.Single(Learners.Choose(name, new NetworkOptions { BatchSize = 100 }));
        var progress = new NoProgress();

        ITrainedModel model = await learner.TrainAsync(train, progress, cancellationToken);
        model.Save(directory.File("model.zip"));
        ITrainedModel loaded = learner.Load(directory.File("model.zip"));

        TestReport result = await model.TestAsync(test, new NoProgress(), cancellationToken);
        TestReport again = await loaded.TestAsync(test, new NoProgress(), cancellationToken);
        Assert.True(result.Roc.Area > leastArea, $"AUC {result.Roc.Area}");
        Assert.Equal(3000, result.Rows);
        Assert.Equal(result.Roc.Area, again.Roc.Area);
        Assert.Equal(result.Accuracy, again.Accuracy);
        Assert.Equal(train.Features, loaded.Features);
        Assert.True(progress.Rows >= 5000);
    }

    [Fact]
    public void All_are_chosen_by_all() =>
        Assert.Equal(["network", "fasttree", "lightgbm", "logistic"], Learners.Choose("all", new NetworkOptions()).Select(l => l.Name));

    [Theory]
    [InlineData("network")]
    [InlineData("fasttree")]
    public void Says_that_a_file_is_no_model(string name)
    {
        using var directory = new TemporaryDirectory();
        string file = directory.Write("x.zip", "not a model");

        Assert.Contains(file, Assert.Throws<DemoException>(() => Learners.Choose(name, new NetworkOptions()).Single().Load(file)).Message);
    }

    [Fact]
    public void An_observed_view_gives_the_same_rows_and_counts_them()
    {
        var ml = new MLContext(1);
        IDataView view = InMemoryEvents.From(new SusyEventGenerator(1, 3000)).ToDataView(ml);
        long counted = 0;
        var observed = new ObservedView(view, rows => counted = rows, CancellationToken.None);

        Assert.Equal(Labels(view), Labels(observed));
        Assert.Equal(3000, counted);
        Assert.Same(view.Schema, observed.Schema);
    }

    [Fact]
    public void An_observed_view_ends_when_cancelled()
    {
        IDataView view = InMemoryEvents.From(new SusyEventGenerator(1, 3000)).ToDataView(new MLContext(1));

        Assert.Throws<OperationCanceledException>(() => Labels(new ObservedView(view, _ => { }, new CancellationToken(true))));
    }

    private static bool[] Labels(IDataView view) => [.. view.GetColumn<bool>("Label")];
}
