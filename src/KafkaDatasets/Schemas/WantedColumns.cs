namespace KafkaDatasets.Schemas;

/// <summary>Columns that are asked for by name: among them are the keys of maps, which no schema tells.</summary>
/// <param name="names">Their names.</param>
/// <param name="root">What the names of the columns begin with, before a dot; empty for those of values.</param>
/// <param name="comparison">How the part of a name that the schema has, the path of the map, is compared with it.</param>
internal sealed class WantedColumns(IReadOnlyCollection<string> names, string root = "", StringComparison comparison = StringComparison.Ordinal)
{
    public static WantedColumns None { get; } = new([]);

    /// <summary>What the names of the columns begin with, before a dot.</summary>
    public string Root => root;

    /// <summary>The keys of a map that are asked for, as they are in records.</summary>
    /// <param name="path">The map's path.</param>
    /// <param name="isRecord">Whether its values have fields: then a key ends at the next dot.</param>
    public IReadOnlyList<string> Keys(string path, bool isRecord)
    {
        string start = path.Length == 0 ? "" : $"{path}.";
        return
        [
            .. names
                .Where(name => name.Length > start.Length && name.StartsWith(start, comparison))
                .Select(name => name[start.Length..])
                .Select(key => isRecord ? key.Split('.')[0] : key)
                .Distinct(),
        ];
    }

    /// <summary>Why a map is no column.</summary>
    public static string Reason(string path) =>
        $"of a map the keys are columns that are named, as '{path}.key', in {nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.MapKeys)}";
}
