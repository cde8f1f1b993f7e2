namespace KafkaDatasets.Schemas;

/// <summary>Columns that are requested by name, including those that no schema lists: keys of maps and fields of recursive records.</summary>
/// <param name="names">Their names.</param>
/// <param name="root">The prefix of the column names, before a dot; empty for columns of values.</param>
/// <param name="comparison">How to compare the part of a name that the schema defines: the path of the map or field.</param>
internal sealed class WantedColumns(IReadOnlyCollection<string> names, string root = "", StringComparison comparison = StringComparison.Ordinal)
{
    /// <summary>The most names in a path into a recursive record.</summary>
    private const int MaxNames = 64;

    private const string Option = $"{nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.ExtraColumns)}";

    public static WantedColumns None { get; } = new([]);

    /// <summary>The prefix of the column names, before a dot.</summary>
    public string Root => root;

    /// <summary>Returns the requested keys of a map, as they are spelled in records.</summary>
    /// <param name="path">The map's path.</param>
    /// <param name="hasFields">Whether its values have fields, so that a key ends at the next dot.</param>
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

    /// <summary>Whether a recursive record, or anything in it, is requested.</summary>
    public bool HasRecord(string path) => !IsTooDeep(path) && names.Any(name => IsWithin(name, path));

    /// <summary>Whether anything within a recursive record is requested: by its own name, by the name of something in it, or by the name of its container.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="record">The path of the recursive record.</param>
    public bool HasField(string path, string record) => names.Any(name => IsWithin(name, path) || (IsWithin(name, record) && IsWithin(path, name)));

    /// <summary>Explains why a map is not a column.</summary>
    public static string ReasonOfMap(string path) => $"of a map the keys are columns that are named, as '{path}.key', in {Option}";

    /// <summary>Explains why a field of a recursive record is not a column.</summary>
    /// <param name="example">A name that would make it a column.</param>
    public static string ReasonOfRecursion(string example) => IsTooDeep(example)
        ? $"records are nested more than {MaxNames} levels deep"
        : $"the fields of a recursive record are columns when they are named, for example '{example}', in {Option}";

    /// <summary>Describes them fully: the same for equal columns.</summary>
    public override string ToString() => $"{root}|{comparison}|{string.Join('\t', names)}";

    private static bool IsTooDeep(string path) => path.AsSpan().Count('.') >= MaxNames;

    private bool IsWithin(string name, string path) => ColumnPath.IsWithin(name, path, comparison);
}
