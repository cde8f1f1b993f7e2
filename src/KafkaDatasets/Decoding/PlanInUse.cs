namespace KafkaDatasets.Decoding;

/// <summary>The plan of the last record, and how its frame names the writer's schema.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Writer">The schema.</param>
/// <param name="Header">The value of the schema header; null when the frame is before the part.</param>
internal sealed record PlanInUse(PartPlan Plan, WriterSchemaId Writer, byte[]? Header);
