namespace KafkaDatasets.Monitoring.Joining;

/// <summary>A label that waits beside another one of the same key.</summary>
internal sealed class WaitingLabel(Label label)
{
    public static IComparer<WaitingLabel> ByOrder { get; } = Comparer<WaitingLabel>.Create(static (a, b) => a.Label.Order.CompareTo(b.Label.Order));

    public Label Label { get; } = label;

    /// <summary>Whether it was joined with a score.</summary>
    public bool IsUsed { get; set; }
}
