using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Json;

/// <summary>What is done with one value of a JSON text.</summary>
/// <param name="Field">What it must be.</param>
/// <param name="Targets">The columns that it goes to; of a list that is in no other, those of all that is in it.</param>
/// <param name="Depth">How many lists it is in.</param>
internal sealed record JsonStep(JsonField Field, ColumnTarget[] Targets, int Depth)
{
    /// <summary>List: where the number of its items goes, where it is in another.</summary>
    public ColumnTarget[] Lengths { get; init; } = [];

    /// <summary>Object: what is done with each member. List: with each item.</summary>
    public JsonStep[] Members { get; init; } = [];

    /// <summary>Object: the index in <see cref="Members"/> of each name.</summary>
    public NameTable Names { get; init; } = NameTable.Empty;

    /// <summary>Object: where the marks of its members begin among all.</summary>
    public int Marks { get; init; }

    /// <summary>A scalar of type Key: the symbols in UTF-8.</summary>
    public byte[][] Symbols { get; init; } = [];
}
