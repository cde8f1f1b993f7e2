namespace KafkaDatasets.MLNet;

/// <summary>The role of a column of the view.</summary>
internal enum ViewColumnRole
{
    Label,
    Features,
    Field,
}
