namespace KafkaDatasets.Learning;

/// <summary>What a checkpoint records of the schema that was learned from.</summary>
/// <param name="Name">The name of the record.</param>
/// <param name="Source">Where the schema comes from.</param>
/// <param name="ColumnTypes">The types of the label and of the features, as text.</param>
/// <param name="WriterIds">The ids of the schemas that records were written with, in ascending order.</param>
internal sealed record LearnedSchema(string Name, string Source, IReadOnlyList<string> ColumnTypes, IReadOnlyList<WriterSchemaId> WriterIds)
{
    /// <summary>The schema of a dataset, with the ids that an earlier checkpoint already had.</summary>
    public static LearnedSchema Of(KafkaDataset dataset, string label, LearningCheckpoint? earlier) => new(
        dataset.Schema.Name,
        dataset.Schema.Source,
        CheckpointCheck.TypesOf(dataset, label),
        [.. dataset.SeenSchemas.Union(earlier?.WriterSchemas ?? []).OrderBy(id => id.Kind).ThenBy(id => id.Number).ThenBy(id => id.Guid)]);
}
