namespace KafkaDatasets.Shapes;

/// <summary>Values of one type by text keys.</summary>
internal sealed record MapType(FieldType Value) : FieldType;
