namespace KafkaDatasets.Tests.Formats.Deep;

/// <summary>A type of a <see cref="DeepShape"/>.</summary>
/// <param name="Kind">int, double, string, record, list, map, or self: the outermost record again.</param>
/// <param name="IsNullable">Whether null may stand for it.</param>
internal sealed record DeepNode(string Kind, bool IsNullable)
{
    /// <summary>Record: its fields. List, map: the values, alone.</summary>
    public List<(string Name, DeepNode Node)> Fields { get; init; } = [];

    /// <summary>Record: its name, where it needs one.</summary>
    public string Name { get; init; } = "";
}
