namespace KafkaDatasets.Schemas;

/// <summary>Columns that are asked for by name: among them are those that no schema lists, the keys of maps and the fields of records inside themselves.</summary>
/// <param name="names">Their names.</param>
/// <param name="root">What the names of the columns begin with, before a dot; empty for those of values.</param>
/// <param name="comparison">How the part of a name that the schema has, the path of the map or of the field, is compared with it.</param>
internal sealed class WantedColumns(IReadOnlyCollection<string> names, string root = "", StringComparison comparison = StringComparison.Ordinal)
{
    /// <summary>The most names of a path that leads into a recursive record.</summary>
    private const int MaxNames = 64;

    private const string Option = $"{nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.ExtraColumns)}";

    public static WantedColumns None { get; } = new([]);

    /// <summary>What the names of the columns begin with, before a dot.</summary>
    public string Root => root;

    /// <summary>The keys of a map that are asked for, as they are in records.</summary>
    /// <param name="path">The map's path.</param>
    /// <param name="hasFields">Whether its values have fields: then a key ends at the next dot.</param>
    public IReadOnlyList<string> Keys(string path, bool hasFields)
    {
        string start = path.Length == 0 ? "" : $"{path}.";
        return
        [
            .. names
                .Where(name => name.Length > start.Length && name.StartsWith(start, comparison))
                .Select(name => name[start.Length..])
                .Select(key => hasFields ? key.Split('.')[0] : key)
                .Distinct(),
        ];
    }

    /// <summary>Whether a recursive record, or something in it, is asked for.</summary>
    public bool HasRecord(string path) => !IsTooDeep(path) && names.Any(name => IsWithin(name, path));

    /// <summary>Whether something within a recursive record is asked for: by its own name, by the name of something in it, or by the name of what contains it.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="record">The path of the recursive record.</param>
    public bool HasField(string path, string record) => names.Any(name => IsWithin(name, path) || (IsWithin(name, record) && IsWithin(path, name)));

    /// <summary>Why a map is no column.</summary>
    public static string ReasonOfMap(string path) => $"of a map the keys are columns that are named, as '{path}.key', in {Option}";

    /// <summary>Why a field of a recursive record is not a column.</summary>
    /// <param name="example">A name that would make it one.</param>
    public static string ReasonOfRecursion(string example) => IsTooDeep(example)
        ? $"records lie more than {MaxNames} deep in one another"
        : $"the fields of a recursive record are columns when they are named, for example '{example}', in {Option}";

    private static bool IsTooDeep(string path) => path.AsSpan().Count('.') >= MaxNames;

    private bool IsWithin(string name, string path) => ColumnPath.IsWithin(name, path, comparison);
}
