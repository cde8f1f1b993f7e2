using Microsoft.ML.Data;

namespace KafkaDatasets.MLNet;

/// <summary>A column of the view, and its source.</summary>
/// <param name="Name">Its name in the view.</param>
/// <param name="Role">Its role in the view.</param>
/// <param name="Type">Its ML.NET type.</param>
/// <param name="Source">The dataset's column that it shows; null for <c>Label</c> and <c>Features</c>.</param>
internal sealed record ViewColumn(string Name, ViewColumnRole Role, DataViewType Type, DatasetColumn? Source = null);
