namespace KafkaDatasets.Shapes;

/// <summary>A record: the row itself, or a nested record.</summary>
internal sealed record RecordShape(string Name, string? Namespace, IReadOnlyList<RowField> Fields) : NamedType(Name)
{
    public string FullName => string.IsNullOrEmpty(Namespace) ? Name : $"{Namespace}.{Name}";

    /// <summary>The enums and records among the types of its fields, at any depth.</summary>
    public IEnumerable<NamedType> Within => Fields.SelectMany(f => Of(f.Type));

    private static IEnumerable<NamedType> Of(FieldType type) => type switch
    {
        RecordShape record => record.Within.Prepend(record),
        EnumType symbols => [symbols],
        ListType list => Of(list.Item),
        MapType map => Of(map.Value),
        _ => [],
    };
}
