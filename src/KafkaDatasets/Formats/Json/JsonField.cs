namespace KafkaDatasets.Formats.Json;

/// <summary>A value in a JSON text: the whole of it, a member of an object, or the items of a list.</summary>
/// <param name="Name">The member's name; empty for what is no member.</param>
/// <param name="Path">The column's name: the names from the outermost object on, with dots.</param>
/// <param name="Kind">Its shape.</param>
internal sealed record JsonField(string Name, string Path, JsonKind Kind)
{
    /// <summary>Scalar: its type, when it is there.</summary>
    public ColumnType Type { get; init; }

    /// <summary>Scalar: the form of a time.</summary>
    public JsonTimeForm Form { get; init; }

    /// <summary>Whether it may be null.</summary>
    public bool AllowsNull { get; init; }

    /// <summary>Whether it must be there.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Object: the members that are columns, or hold some. List: its item, alone.</summary>
    public IReadOnlyList<JsonField> Members { get; init; } = [];

    /// <summary>List: the number of items, 0 where it differs.</summary>
    public int Size { get; init; }

    /// <summary>A scalar of type <see cref="ColumnType.Key"/>: the texts.</summary>
    public IReadOnlyList<string>? Symbols { get; init; }

    public string? Description { get; init; }
}
