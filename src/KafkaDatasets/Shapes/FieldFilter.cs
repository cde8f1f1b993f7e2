namespace KafkaDatasets.Shapes;

/// <summary>Decides which fields of the rows are written.</summary>
/// <param name="path">The names on the path from the row to the field: one name, or several for a field of a nested record.</param>
internal delegate bool FieldFilter(IReadOnlyList<string> path);
