using Microsoft.ML.Data;

namespace KafkaDatasets.MLNet;

/// <summary>A column of the view, and where it comes from.</summary>
/// <param name="Name">Its name in the view.</param>
/// <param name="Role">What it is.</param>
/// <param name="Type">Its ML.NET type.</param>
/// <param name="Source">The dataset's column, where it is one under its own name.</param>
internal sealed record ViewColumn(string Name, ViewColumnRole Role, DataViewType Type, DatasetColumn? Source = null);
