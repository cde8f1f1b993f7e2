namespace KafkaDatasets.Schemas;

/// <summary>What a JSON value must be.</summary>
internal enum JsonKind
{
    Object,
    Boolean,
    Int32,
    Int64,
    Single,
    Double,
    Text,

    /// <summary>One of a list of texts.</summary>
    Enum,
}
