namespace KafkaDatasets.Shapes;

/// <summary>One of a list of symbols.</summary>
internal sealed record EnumType(string Name, IReadOnlyList<string> Symbols) : NamedType(Name);
