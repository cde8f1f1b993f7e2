namespace KafkaDatasets.Schemas;

/// <summary>A value in a JSON text: the whole of it, or a member of an object.</summary>
/// <param name="Name">The member's name; empty for the whole.</param>
/// <param name="Path">The column's name: the names from the outermost object on, with dots.</param>
/// <param name="Kind">What it must be.</param>
internal sealed record JsonField(string Name, string Path, JsonKind Kind)
{
    /// <summary>Whether it may be null.</summary>
    public bool AllowsNull { get; init; }

    /// <summary>Whether it must be there.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Object: the members that are columns, or hold some.</summary>
    public IReadOnlyList<JsonField> Members { get; init; } = [];

    /// <summary>Enum: the texts.</summary>
    public IReadOnlyList<string>? Symbols { get; init; }

    public string? Description { get; init; }
}
