namespace KafkaDatasets.Monitoring.Joining;

/// <summary>A score with its label; null if no label came in time.</summary>
internal readonly record struct JoinedRow(Score Score, Label? Label)
{
    public string? Segment => Score.Segment ?? Label?.Segment;
}
