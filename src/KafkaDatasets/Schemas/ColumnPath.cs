namespace KafkaDatasets.Schemas;

/// <summary>The names of nested columns: those of the fields on the way to them, joined with dots.</summary>
internal static class ColumnPath
{
    /// <summary>The path of a member: its own name at the root, below it <c>path.name</c>.</summary>
    public static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>Whether a name is that of a path, or of something within it; everything is within the root.</summary>
    public static bool IsWithin(string name, string path, StringComparison comparison = StringComparison.Ordinal) =>
        path.Length == 0 || (name.StartsWith(path, comparison) && (name.Length == path.Length || name[path.Length] == '.'));
}
