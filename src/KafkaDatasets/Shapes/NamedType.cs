namespace KafkaDatasets.Shapes;

/// <summary>A type that has a name in schemas: an enum or a record.</summary>
internal abstract record NamedType(string Name) : FieldType;
