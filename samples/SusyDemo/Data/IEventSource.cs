namespace SusyDemo.Data;

/// <summary>Where events come from: the generator or a file. Streamed, in a fixed order.</summary>
internal interface IEventSource
{
    /// <summary>The fields that each event has, a subset of <see cref="SusyFields.All"/> in its order; the label is one of them.</summary>
    IReadOnlyList<string> Fields { get; }

    /// <summary>Whether the events are made by the generator.</summary>
    bool Synthetic { get; }

    /// <summary>How many events there are, where that is known beforehand.</summary>
    long? Count { get; }

    /// <summary>The events. Each is the reader's own.</summary>
    IEnumerable<SusyRecord> Read();
}
