namespace KafkaDatasets.MLNet;

/// <summary>What a column of the view is.</summary>
internal enum ViewColumnRole
{
    Label,
    Features,
    Field,
}
