namespace KafkaDatasets;

/// <summary>How records identify the schema in the registry that they were written with.</summary>
public enum SchemaFraming
{
    /// <summary>Magic byte 0 and the schema's id (four bytes, big-endian) before the value, which every client of Confluent's registry can read.</summary>
    IdPrefix,

    /// <summary>Magic byte 1 and the schema's GUID in the record header <c>__value_schema_id</c> (<c>__key_schema_id</c> for keys); the value itself has no prefix. Requires a registry with GUIDs (Confluent Platform 8.0 or later).</summary>
    GuidHeader,

    /// <summary>No schema id is written and nothing is registered; readers must already know the schema.</summary>
    None,
}
