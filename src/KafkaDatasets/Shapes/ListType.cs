namespace KafkaDatasets.Shapes;

/// <summary>Any number of values of one type.</summary>
internal sealed record ListType(FieldType Item) : FieldType;
