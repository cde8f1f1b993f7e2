namespace KafkaDatasets.Embedded;

/// <summary>A schema as a version of a subject.</summary>
internal sealed record StoredVersion(string Subject, int Version, StoredSchema Schema);
