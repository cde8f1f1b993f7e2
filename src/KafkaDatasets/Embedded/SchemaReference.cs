namespace KafkaDatasets.Embedded;

/// <summary>A reference from one schema to another.</summary>
/// <param name="Name">The name that the referencing schema uses.</param>
/// <param name="Subject">The subject of the referenced schema.</param>
/// <param name="Version">Its version under the subject.</param>
internal readonly record struct SchemaReference(string Name, string Subject, int Version);
