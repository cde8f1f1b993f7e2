namespace KafkaDatasets.Schemas;

/// <summary>Builds the names of nested columns: the field names on the path, joined with dots.</summary>
internal static class ColumnPath
{
    /// <summary>Returns the path of a member: its own name at the root, otherwise <c>path.name</c>.</summary>
    public static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>Whether a name is a path or is within it; everything is within the root.</summary>
    public static bool IsWithin(string name, string path, StringComparison comparison = StringComparison.Ordinal) =>
        path.Length == 0 || (name.StartsWith(path, comparison) && (name.Length == path.Length || name[path.Length] == '.'));
}
