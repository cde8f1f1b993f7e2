namespace SusyDemo.Data;

/// <summary>Which events go to the train topic and which to the test topic.</summary>
internal sealed class EventPlan
{
    private readonly IEnumerable<(SusyRecord Record, bool IsTrain)> _events;

    private EventPlan(IEventSource source, long? count, IEnumerable<(SusyRecord Record, bool IsTrain)> events)
    {
        Fields = source.Fields;
        Synthetic = source.Synthetic;
        Count = count;
        _events = events;
    }

    /// <summary>The fields of the events, the label first.</summary>
    public IReadOnlyList<string> Fields { get; }

    /// <summary>Whether the events are made by the generator.</summary>
    public bool Synthetic { get; }

    /// <summary>How many events there are, where that is known beforehand.</summary>
    public long? Count { get; }

    /// <summary>One source, split at random.</summary>
    public static EventPlan Split(IEventSource source, TrainTestSplit split) =>
        new(source, source.Count, source.Read().Select((record, row) => (record, split.IsTrain(row))));

    /// <summary>A source for each.</summary>
    /// <exception cref="DemoException">They have not the same fields.</exception>
    public static EventPlan Separate(IEventSource train, IEventSource test)
    {
        if (!train.Fields.SequenceEqual(test.Fields))
        {
            string differing = string.Join(", ", train.Fields.Except(test.Fields).Union(test.Fields.Except(train.Fields)));
            throw new DemoException($"The data to train from and those to test with have not the same fields: {differing} are in one of them only.");
        }

        return new EventPlan(train, train.Count + test.Count, train.Read().Select(r => (r, true)).Concat(test.Read().Select(r => (r, false))));
    }

    /// <summary>The events in their order.</summary>
    public IEnumerable<(SusyRecord Record, bool IsTrain)> Events() => _events;
}
