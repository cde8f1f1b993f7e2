using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Json;

/// <summary>The processing of one value of a JSON text.</summary>
/// <param name="field">The description of the value.</param>
/// <param name="targets">The columns it is stored in; for an outermost list, those of everything within it.</param>
/// <param name="depth">The number of lists around it.</param>
internal sealed class JsonStep(JsonField field, ColumnTarget[] targets, int depth)
{
    public JsonField Field { get; } = field;

    public ColumnTarget[] Targets { get; } = targets;

    public int Depth { get; } = depth;

    /// <summary>List: the targets of the number of its items, when it is nested.</summary>
    public ColumnTarget[] Lengths { get; init; } = [];

    /// <summary>Object: the steps of known members, first those that are read, then those that are skipped; List: the step of each item; Choice: the steps of its types.</summary>
    public JsonStep[] Members { get; init; } = [];

    /// <summary>The number of <see cref="Members"/> that are read.</summary>
    public int ReadMembers { get; init; }

    /// <summary>Object: the index in <see cref="Members"/> of each name.</summary>
    public NameTable Names { get; init; } = NameTable.Empty;

    /// <summary>Object: the index of its members' first presence mark.</summary>
    public int Marks { get; init; }

    /// <summary>A scalar of type Key: the symbols in UTF-8.</summary>
    public byte[][] Symbols { get; init; } = [];

    /// <summary>Whether the value is skipped because no column reads it.</summary>
    public bool IsSkipped => Form == JsonForm.Skipped;

    /// <summary>For a column that a record may have in several places: its index among those columns; otherwise −1.</summary>
    public int Column { get; init; } = -1;

    /// <summary>Object: such columns within it; null when it also holds other values.</summary>
    public JsonStep[]? Placed { get; init; }

    /// <summary>The kind of value, cached for the fast path.</summary>
    public JsonKind Kind { get; } = field.Kind;

    /// <summary>Scalar: the type, for the fast path; Text for numbers that an integer tensor must hold exactly, which the fast path leaves to <see cref="JsonScalars"/>.</summary>
    public ColumnType Type { get; } = field.Type is ColumnType.Single or ColumnType.Double && ExactNumber.AreWanted(targets) ? ColumnType.Text : field.Type;

    /// <summary>A member of an object: the text before its value when another member precedes it, without whitespace or with a space after the comma and the colon.</summary>
    public JsonLiteral Compact { get; } = new($",\"{field.Name}\":");

    /// <inheritdoc cref="Compact"/>
    public JsonLiteral Spaced { get; } = new($", \"{field.Name}\": ");

    /// <summary>A member of an object: the text before its value when it is the first and there is no whitespace.</summary>
    public JsonLiteral Opening { get; } = new($"{{\"{field.Name}\":");

    /// <summary>The index of the block column when the value goes only to one column of single-precision numbers, which the fast path writes directly; otherwise −1.</summary>
    public int SingleColumn { get; } = SingleColumnOf(field, targets);

    /// <summary>The slot in the only column.</summary>
    public int Slot { get; } = targets is [var only] ? only.Slot : -1;

    /// <summary>How the value is read in a run of members.</summary>
    public JsonForm Form { get; init; } = FormOf(field, targets);

    /// <summary>Whether it may be null.</summary>
    public bool IsNullable { get; } = field.MayBeMissing;

    /// <summary>Object: a guess of the first member in the next record; written by several threads.</summary>
    public int First { get; set; }

    /// <summary>A member of an object: a guess of the index of the next member; written by several threads.</summary>
    public int Successor { get; set; }

    public static JsonStep Skipped(string name) => new(new JsonField(name, "", JsonKind.Scalar), [], 0) { Form = JsonForm.Skipped };

    private static int SingleColumnOf(JsonField field, ColumnTarget[] targets) =>
        targets is [{ IsList: false, Categories: null, Definition: { Type: ColumnType.Single, Tensor: null } } only] && (only.Definition.Label is null || field.Type == ColumnType.Boolean) ? only.Column : -1;

    private static JsonForm FormOf(JsonField field, ColumnTarget[] targets) => field.Type switch
    {
        _ when field.Kind != JsonKind.Scalar || field.Rank != 0 => JsonForm.Other,
        ColumnType.Text => targets is [{ IsList: false, Categories: null, Definition.Type: ColumnType.Text }] ? JsonForm.Text : JsonForm.Other,
        _ when SingleColumnOf(field, targets) < 0 => JsonForm.Other,
        ColumnType.Single or ColumnType.Double => JsonForm.Number,
        >= ColumnType.Int8 and <= ColumnType.Int64 => JsonForm.Integer,
        ColumnType.Boolean => JsonForm.Flag,
        _ => JsonForm.Other,
    };
}
