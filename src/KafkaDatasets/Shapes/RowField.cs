namespace KafkaDatasets.Shapes;

/// <summary>A field of a record.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What it holds.</param>
/// <param name="Number">Its number from 1 in the order of the fields, which Protobuf needs.</param>
internal sealed record RowField(string Name, FieldType Type, int Number);
