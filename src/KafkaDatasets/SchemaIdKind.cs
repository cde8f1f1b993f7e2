namespace KafkaDatasets;

/// <summary>The kind of schema id that a record carries.</summary>
public enum SchemaIdKind
{
    /// <summary>An integer id of Confluent's schema registry, or of a compatible registry.</summary>
    Id,

    /// <summary>A GUID: a schema's GUID in Confluent's schema registry (8.0 and later), or the id of a schema version in AWS Glue.</summary>
    Guid,

    /// <summary>Apicurio's content id: identical content has the same id in every artifact.</summary>
    ContentId,

    /// <summary>Apicurio's global id, which is unique for each version of an artifact.</summary>
    GlobalId,
}
