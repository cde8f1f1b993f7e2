using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding.Json;

/// <summary>What is done with one value of a JSON text.</summary>
/// <param name="Field">What it must be.</param>
/// <param name="Targets">The columns that it goes to.</param>
internal sealed record JsonStep(JsonField Field, ColumnTarget[] Targets)
{
    /// <summary>Object: what is done with each member.</summary>
    public JsonStep[] Members { get; init; } = [];

    /// <summary>Object: the index in <see cref="Members"/> of each name.</summary>
    public NameTable Names { get; init; } = NameTable.Empty;

    /// <summary>Object: where the marks of its members begin among all.</summary>
    public int Marks { get; init; }

    /// <summary>Enum: the symbols in UTF-8.</summary>
    public byte[][] Symbols { get; init; } = [];
}
