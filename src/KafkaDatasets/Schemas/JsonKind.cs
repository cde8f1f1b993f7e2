namespace KafkaDatasets.Schemas;

/// <summary>The shape of a JSON value.</summary>
internal enum JsonKind
{
    Scalar,
    Object,
    List,
}
