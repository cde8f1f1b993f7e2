namespace KafkaDatasets.Formats.Json;

/// <summary>The shape of a JSON value.</summary>
internal enum JsonKind
{
    Scalar,
    Object,
    List,
}
