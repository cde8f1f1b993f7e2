namespace KafkaDatasets.Shapes;

/// <summary>A list of any number of values of one type.</summary>
internal sealed record ListType(FieldType Item) : FieldType;
