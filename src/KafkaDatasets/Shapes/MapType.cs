namespace KafkaDatasets.Shapes;

/// <summary>A map from text keys to values of one type.</summary>
internal sealed record MapType(FieldType Value) : FieldType;
