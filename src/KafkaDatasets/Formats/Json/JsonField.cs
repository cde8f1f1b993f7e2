namespace KafkaDatasets.Formats.Json;

/// <summary>A value in a JSON text: the whole text, a member of an object, or the items of a list.</summary>
/// <param name="Name">The member's name; empty where it is not a member.</param>
/// <param name="Path">The column's name: the names from the outermost object on, separated by dots.</param>
/// <param name="Kind">Its shape.</param>
internal sealed record JsonField(string Name, string Path, JsonKind Kind)
{
    /// <summary>Scalar: the type of its values.</summary>
    public ColumnType Type { get; init; }

    /// <summary>Scalar: the form of a time.</summary>
    public JsonTimeForm Form { get; init; }

    /// <summary>Scalar: what a number counts that is a date, a time or a time span; null where it is text.</summary>
    public TimeUnit? Unit { get; init; }

    /// <summary>Scalar: the scale of a decimal that is written as base64; null: numbers are written as numbers.</summary>
    public int? DecimalScale { get; init; }

    /// <summary>Whether the schema lets it be null.</summary>
    public bool AllowsNull { get; init; }

    /// <summary>Whether it must be present.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether it may have no value: null is then the same as absent.</summary>
    public bool MayBeMissing => AllowsNull || !IsRequired;

    /// <summary>Object: the members that are columns or contain some. List: its item. Choice: its types, each named by its own name.</summary>
    public IReadOnlyList<JsonField> Members { get; init; } = [];

    /// <summary>Object: the names of the members that the schema describes, columns or not.</summary>
    public IReadOnlyList<string> KnownNames { get; init; } = [];

    /// <summary>A type of a choice: what distinguishes its values from those of the other types.</summary>
    public JsonSignature? Signature { get; init; }

    /// <summary>A type of a choice: whether its records are not the dataset's, but bad ones.</summary>
    public bool IsForeign { get; init; }

    /// <summary>Of a declared column with dots in its name: how many objects its name leads through here, plus one; the lowest that a record has counts. Else 0.</summary>
    public int Rank { get; init; }

    /// <summary>List: the number of items; 0 where it varies.</summary>
    public int Size { get; init; }

    /// <summary>A scalar of type <see cref="ColumnType.Key"/>: the texts.</summary>
    public IReadOnlyList<string>? Symbols { get; init; }

    public string? Description { get; init; }
}
