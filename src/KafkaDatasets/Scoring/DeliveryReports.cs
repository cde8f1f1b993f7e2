namespace KafkaDatasets.Scoring;

/// <summary>What a producer tells of records that are refused.</summary>
internal enum DeliveryReports
{
    /// <summary>That some are.</summary>
    None,

    /// <summary>Why each is. A record that is too large is refused with all others of its batch.</summary>
    Batches,

    /// <summary>Which ones are: each record is a batch of its own, which is slow.</summary>
    Records,
}
