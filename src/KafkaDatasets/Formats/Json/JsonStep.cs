using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Json;

/// <summary>What is done with one value of a JSON text.</summary>
/// <param name="field">What it must be.</param>
/// <param name="targets">The columns that it goes to; of an outermost list, those of all that is in it.</param>
/// <param name="depth">How many lists it is in.</param>
internal sealed class JsonStep(JsonField field, ColumnTarget[] targets, int depth)
{
    public JsonField Field { get; } = field;

    public ColumnTarget[] Targets { get; } = targets;

    public int Depth { get; } = depth;

    /// <summary>List: where the number of its items goes, where it is nested in another.</summary>
    public ColumnTarget[] Lengths { get; init; } = [];

    /// <summary>Object: what is done with each known member, first those that are read, then those that are skipped. List: with each item. Choice: with each of its types.</summary>
    public JsonStep[] Members { get; init; } = [];

    /// <summary>How many of <see cref="Members"/> are read.</summary>
    public int ReadMembers { get; init; }

    /// <summary>Object: the index in <see cref="Members"/> of each name.</summary>
    public NameTable Names { get; init; } = NameTable.Empty;

    /// <summary>Object: where the marks of its members begin among all.</summary>
    public int Marks { get; init; }

    /// <summary>A scalar of type Key: the symbols in UTF-8.</summary>
    public byte[][] Symbols { get; init; } = [];

    /// <summary>Whether the value is skipped: nobody reads it.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>Of a declared column that a record may have in several places: its index among those; else −1.</summary>
    public int Column { get; init; } = -1;

    /// <summary>Object: the values in it that are such columns; null where it holds others.</summary>
    public JsonStep[]? Placed { get; init; }

    /// <summary>What it is to the fast path.</summary>
    public JsonKind Kind { get; } = field.Kind;

    /// <summary>Scalar: its type.</summary>
    public ColumnType Type { get; } = field.Type;

    /// <summary>A member of an object: the text before its value as it is where another member comes before it, with nothing blank, and with a blank after the comma and the colon.</summary>
    public JsonLiteral Compact { get; } = new($",\"{field.Name}\":");

    /// <inheritdoc cref="Compact"/>
    public JsonLiteral Spaced { get; } = new($", \"{field.Name}\": ");

    /// <summary>The block's column of single-precision numbers that is all that the value goes to, or −1: the fast path then writes to it directly.</summary>
    public int SingleColumn { get; } = targets is [{ IsList: false, Categories: null, Definition: { Type: ColumnType.Single, Tensor: null, Label: null } } only] ? only.Column : -1;

    /// <summary>Object: the member that came first in a record; a guess, written by several threads.</summary>
    public int First { get; set; }

    /// <summary>A member of an object: the index of the member that followed it; a guess, written by several threads.</summary>
    public int Successor { get; set; }

    public static JsonStep Skipped(string name) => new(new JsonField(name, "", JsonKind.Scalar), [], 0) { IsSkipped = true };
}
