namespace KafkaDatasets.MLNet;

/// <summary>A column of the dataset that a view shows.</summary>
/// <param name="Name">Its name in the view.</param>
/// <param name="Source">The dataset's column.</param>
internal sealed record ViewField(string Name, DatasetColumn Source);
