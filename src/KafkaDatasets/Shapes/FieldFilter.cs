namespace KafkaDatasets.Shapes;

/// <summary>Says which fields of the rows are written.</summary>
/// <param name="path">The names that lead to a field from the row on: one, but for columns that are fields of records within it.</param>
internal delegate bool FieldFilter(IReadOnlyList<string> path);
