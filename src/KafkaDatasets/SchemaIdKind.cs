namespace KafkaDatasets;

/// <summary>Which of a schema's ids a record carries.</summary>
public enum SchemaIdKind
{
    /// <summary>The id of Confluent's schema registry, or of one that is compatible with it.</summary>
    Id,

    /// <summary>A GUID: of Confluent's schema registry (8.0 and later), or the id of a schema version in AWS Glue.</summary>
    Guid,

    /// <summary>Apicurio's content id: the same content has the same id under every artifact.</summary>
    ContentId,

    /// <summary>Apicurio's global id: one for each version of an artifact.</summary>
    GlobalId,
}
