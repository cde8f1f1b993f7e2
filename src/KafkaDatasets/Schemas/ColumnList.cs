namespace KafkaDatasets.Schemas;

/// <summary>The columns of a schema as they are found.</summary>
internal sealed class ColumnList
{
    private readonly List<DatasetColumn> _columns = [];
    private readonly HashSet<string> _fields = [];

    public int Count => _columns.Count;

    /// <summary>The columns: of several fields of one name the first; the sizes of lists where no field has their name.</summary>
    public IReadOnlyList<DatasetColumn> Columns => [.. _columns.Where(c => !c.IsLengths || !_fields.Contains(c.Name))];

    /// <summary>The path of the sizes of lists that lie in others: <c>lengths</c> one deep, <c>lengths2</c> two deep, and so on.</summary>
    /// <param name="path">The path of the lists.</param>
    /// <param name="depth">How many lists they lie in.</param>
    public static string LengthsPath(string path, int depth) => ColumnPath.Join(path, depth == 1 ? "lengths" : $"lengths{depth}");

    public void Add(DatasetColumn column)
    {
        if (_fields.Add(column.Name))
        {
            _columns.Add(column);
        }
    }

    /// <summary>Adds the sizes of lists, where they lie in others.</summary>
    /// <param name="path">The path of the lists.</param>
    /// <param name="depth">How many lists they lie in.</param>
    /// <param name="isNullable">Whether the outermost list may be missing.</param>
    /// <param name="size">How many of these lists there are in every record, or 0.</param>
    public void AddLengths(string path, int depth, bool isNullable = false, int size = 0)
    {
        if (depth > 0)
        {
            _columns.Add(new DatasetColumn(LengthsPath(path, depth), ColumnType.Int32, isNullable, null, $"The number of items of each list in {path}") { IsVector = true, Depth = depth, Size = size, IsLengths = true });
        }
    }
}
