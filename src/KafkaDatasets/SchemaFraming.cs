namespace KafkaDatasets;

/// <summary>How records say which schema of the registry they were written by.</summary>
public enum SchemaFraming
{
    /// <summary>Magic byte 0 and the schema's id, four bytes big-endian, before the value: what every client of Confluent's registry reads.</summary>
    IdPrefix,

    /// <summary>Magic byte 1 and the schema's GUID in the record header <c>__value_schema_id</c>, of a key in <c>__key_schema_id</c>; the value itself has no frame. The registry must have GUIDs (Confluent Platform 8.0 and later).</summary>
    GuidHeader,

    /// <summary>They do not: nothing is registered, and whoever reads must know the schema.</summary>
    None,
}
