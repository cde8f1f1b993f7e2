namespace KafkaDatasets.Formats.Json;

/// <summary>A value in a JSON text: the whole text, a member of an object, or the items of a list.</summary>
/// <param name="Name">The member's name, or empty when it is not a member.</param>
/// <param name="Path">The column's name: the names from the outermost object, separated by dots.</param>
/// <param name="Kind">Its shape.</param>
internal sealed record JsonField(string Name, string Path, JsonKind Kind)
{
    /// <summary>Scalar: the type of its values.</summary>
    public ColumnType Type { get; init; }

    /// <summary>Scalar: the form of a time.</summary>
    public JsonTimeForm Form { get; init; }

    /// <summary>Scalar: the unit of a number that is a date, a time or a time span; null when it is text.</summary>
    public TimeUnit? Unit { get; init; }

    /// <summary>Scalar: the scale of a decimal in base64, or null when numbers are written as numbers.</summary>
    public int? DecimalScale { get; init; }

    /// <summary>Whether the schema lets it be null.</summary>
    public bool AllowsNull { get; init; }

    /// <summary>Whether it must be present.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether it is a declared column, which no schema describes.</summary>
    public bool IsDeclared { get; init; }

    /// <summary>Whether it may have no value; null is then the same as absent.</summary>
    public bool MayBeMissing => AllowsNull || !IsRequired;

    /// <summary>Object: the members that are or contain columns; List: its item; Choice: its types, each under its own name.</summary>
    public IReadOnlyList<JsonField> Members { get; init; } = [];

    /// <summary>Object: the names of all members that the schema describes.</summary>
    public IReadOnlyList<string> KnownNames { get; init; } = [];

    /// <summary>A type of a choice: what distinguishes its values from those of other types.</summary>
    public JsonSignature? Signature { get; init; }

    /// <summary>A type of a choice: whether its records are of another type than the dataset's, and therefore bad records.</summary>
    public bool IsForeign { get; init; }

    /// <summary>Object: its title in the schema, which names its type; null when it has none.</summary>
    public string? Title { get; init; }

    /// <summary>The type of the objects in this place by the writer's schema, when it is another than the dataset's, so that such objects make bad records; otherwise null.</summary>
    public string? OtherType { get; init; }

    /// <summary>For a column with dots in its name that may be in several places, the precedence of this place among those where it may be, from 1 (the lowest one in a record is used); otherwise 0.</summary>
    public int Rank { get; init; }

    /// <summary>List: the number of items, or 0 when it varies.</summary>
    public int Size { get; init; }

    /// <summary>A scalar of type <see cref="ColumnType.Key"/>: the texts.</summary>
    public IReadOnlyList<string>? Symbols { get; init; }

    public string? Description { get; init; }
}
