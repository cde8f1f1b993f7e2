namespace KafkaDatasets.Scoring;

/// <summary>How much a producer tells of records that are refused, and how large its batches are.</summary>
/// <param name="Reports">What it tells.</param>
/// <param name="MaxBatchBytes">The maximum size of a batch; null for the client's own.</param>
internal readonly record struct ProducerMode(DeliveryReports Reports, int? MaxBatchBytes)
{
    private const int ClientBatchBytes = 1_000_000;
    private const int LeastBatchBytes = 1_000;

    /// <summary>The same with batches of half the size.</summary>
    public ProducerMode Halved() => this with { MaxBatchBytes = Math.Max(LeastBatchBytes, (MaxBatchBytes ?? ClientBatchBytes) / 2) };
}
