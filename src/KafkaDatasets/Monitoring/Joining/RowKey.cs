namespace KafkaDatasets.Monitoring.Joining;

/// <summary>What a score and its label have in common: the input's position, or a text.</summary>
internal readonly record struct RowKey(int Partition, long Offset, string? Text)
{
    public static RowKey Of(int partition, long offset) => new(partition, offset, null);

    public static RowKey Of(string text) => new(0, 0, text);
}
