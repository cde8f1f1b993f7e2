namespace KafkaDatasets;

/// <summary>Options of a <see cref="KafkaDatasetMix"/>: how many rows come from which topic, and when a pass ends.</summary>
public sealed record MixOptions
{
    /// <summary>
    /// The proportions of the topics, in their order: positive numbers, of which only the ratios matter. With [7, 3], or [0.7, 0.3], 0.7 n of the first n rows are from the first topic, to within one row.
    /// Default null: in proportion to the lengths of the snapshots, so that all topics end at about the same time.
    /// </summary>
    public IReadOnlyList<double>? Weights { get; init; }

    /// <summary>When a pass ends. Default <see cref="MixEnd.AllTopics"/>.</summary>
    public MixEnd End { get; init; } = MixEnd.AllTopics;

    /// <summary>Checks the options.</summary>
    /// <param name="topics">The number of topics.</param>
    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    internal void Validate(int topics)
    {
        var faults = new List<string>();
        if (Weights is not null && Weights.Count != topics)
        {
            faults.Add(FormattableString.Invariant($"{nameof(Weights)} has {Weights.Count} numbers for {topics} topics: give one for each"));
        }

        foreach (double weight in (Weights ?? []).Where(w => !(w > 0 && double.IsFinite(w))))
        {
            faults.Add(FormattableString.Invariant($"{nameof(Weights)} has {weight}: give positive numbers, and leave out topics of which no row is wanted"));
        }

        if (!Enum.IsDefined(End))
        {
            faults.Add(FormattableString.Invariant($"{nameof(End)} is {(int)End}, which is not a {nameof(MixEnd)}"));
        }

        InvalidOptionsException.ThrowIfAny(nameof(MixOptions), faults);
    }
}
