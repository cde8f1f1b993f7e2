using SusyDemo;
using SusyDemo.Data;
using SusyDemo.Data.Generation;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Data;

public sealed class EventPlanTests
{
    [Fact]
    public void A_split_sends_seven_in_ten_to_training_at_random()
    {
        bool[] sides = Split(1, 100_000);

        // Four standard deviations of a binomial distribution.
        Assert.InRange(sides.Count(s => s), 70_000 - 580, 70_000 + 580);
        Assert.InRange(Enumerable.Range(1, sides.Length - 1).Count(i => sides[i] == sides[i - 1]), 58_000 - 700, 58_000 + 700);
    }

    [Fact]
    public void A_split_is_repeatable_and_depends_on_the_seed()
    {
        Assert.Equal(Split(1, 1000), Split(1, 1000));
        Assert.NotEqual(Split(1, 1000), Split(2, 1000));
    }

    [Fact]
    public void The_side_does_not_depend_on_the_label()
    {
        var plan = EventPlan.Split(new SusyEventGenerator(1, 20_000), new TrainTestSplit(1));

        ILookup<bool, float> labels = plan.Events().ToLookup(e => e.IsTrain, e => e.Record.signal);

        Assert.InRange(labels[true].Average(), 0.46f - 0.017f, 0.46f + 0.017f);
        Assert.InRange(labels[false].Average(), 0.46f - 0.026f, 0.46f + 0.026f);
    }

    [Fact]
    public void Separate_sources_keep_their_sides()
    {
        var plan = EventPlan.Separate(new Some(["signal", "R"], 3), new Some(["signal", "R"], 2));

        Assert.Equal([true, true, true, false, false], plan.Events().Select(e => e.IsTrain));
        Assert.Equal(5, plan.Count);
        Assert.False(plan.Synthetic);
    }

    [Fact]
    public void Separate_sources_must_have_the_same_fields()
    {
        var e = Assert.Throws<DemoException>(() => EventPlan.Separate(new Some(["signal", "R", "MT2"], 1), new Some(["signal", "R"], 1)));

        Assert.Contains("MT2", e.Message);
    }

    private static bool[] Split(int seed, int rows)
    {
        var split = new TrainTestSplit(seed);
        return [.. Enumerable.Range(0, rows).Select(i => split.IsTrain(i))];
    }

    private sealed class Some(string[] fields, int count) : IEventSource
    {
        public IReadOnlyList<string> Fields => fields;

        public bool Synthetic => false;

        public long? Count => count;

        public IEnumerable<SusyRecord> Read() => Enumerable.Range(0, count).Select(_ => new SusyRecord());
    }
}
