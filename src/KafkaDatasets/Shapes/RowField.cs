namespace KafkaDatasets.Shapes;

/// <summary>A field of a record.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Number">Its field number in Protobuf, counted from 1 in the order of the fields.</param>
internal sealed record RowField(string Name, FieldType Type, int Number);
