namespace KafkaDatasets.Testing.Golden;

/// <summary>A schema that a vector's schema refers to.</summary>
internal sealed record GoldenReference(string Name, string Subject, int Version, string Schema);
