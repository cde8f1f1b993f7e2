namespace KafkaDatasets.Writing.Shapes;

/// <summary>A record: the row itself, or one within it.</summary>
internal sealed record RecordShape(string Name, string? Namespace, IReadOnlyList<RowField> Fields) : FieldType
{
    public string FullName => string.IsNullOrEmpty(Namespace) ? Name : $"{Namespace}.{Name}";
}
