using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding.Json;

/// <summary>What is done with one value of a JSON text.</summary>
/// <param name="Field">What it must be.</param>
/// <param name="Targets">The columns that it goes to; of a list, those of all scalars in it.</param>
/// <param name="IsInList">Whether it is in a list.</param>
internal sealed record JsonStep(JsonField Field, ColumnTarget[] Targets, bool IsInList)
{
    /// <summary>Object: what is done with each member. List: with each item.</summary>
    public JsonStep[] Members { get; init; } = [];

    /// <summary>Object: the index in <see cref="Members"/> of each name.</summary>
    public NameTable Names { get; init; } = NameTable.Empty;

    /// <summary>Object: where the marks of its members begin among all.</summary>
    public int Marks { get; init; }

    /// <summary>A scalar of type Key: the symbols in UTF-8.</summary>
    public byte[][] Symbols { get; init; } = [];
}
