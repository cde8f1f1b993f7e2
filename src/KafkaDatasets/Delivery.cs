namespace KafkaDatasets;

/// <summary>How often a row's score can appear in the output topic.</summary>
public enum Delivery
{
    /// <summary>
    /// Each row is scored exactly once, whatever fails: scores and the group's offsets are written in one Kafka transaction.
    /// Readers of the output need <c>isolation.level=read_committed</c>, which is the default of this library.
    /// </summary>
    ExactlyOnce,

    /// <summary>Each row is scored at least once: after a failure, rows whose offsets were not committed yet are scored again.</summary>
    AtLeastOnce,
}
