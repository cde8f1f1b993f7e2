namespace KafkaDatasets.Schemas;

/// <summary>Collects the columns of a schema as they are found.</summary>
internal sealed class ColumnList
{
    private readonly List<DatasetColumn> _columns = [];
    private readonly HashSet<string> _fields = [];
    private readonly Dictionary<string, ColumnType> _nullableIntegers = [];

    public int Count => _columns.Count;

    /// <summary>The columns: the first of several fields with the same name, and list sizes unless a field has their name.</summary>
    public IReadOnlyList<DatasetColumn> Columns => [.. _columns.Where(c => !c.IsLengths || !_fields.Contains(c.Name))];

    /// <summary>The types of the integer fields whose columns are Double because they may be missing, by the column's name.</summary>
    public IReadOnlyDictionary<string, ColumnType> NullableIntegers => _nullableIntegers;

    /// <summary>Returns the path of the sizes of nested lists: <c>lengths</c> at depth one, <c>lengths2</c> at depth two, and so on.</summary>
    /// <param name="path">The path of the lists.</param>
    /// <param name="depth">The number of lists around them.</param>
    public static string LengthsPath(string path, int depth) => ColumnPath.Join(path, depth == 1 ? "lengths" : $"lengths{depth}");

    public void Add(DatasetColumn column) => Add(column, column.Type);

    /// <summary>Adds a column.</summary>
    /// <param name="column">The column.</param>
    /// <param name="type">The type of the field's values if they were never missing.</param>
    public void Add(DatasetColumn column, ColumnType type)
    {
        if (_fields.Add(column.Name))
        {
            _columns.Add(column);
            if (column.Type != type && type is >= ColumnType.Int8 and <= ColumnType.UInt64)
            {
                _nullableIntegers.Add(column.Name, type);
            }
        }
    }

    /// <summary>Adds the sizes of lists, if they are nested.</summary>
    /// <param name="path">The path of the lists.</param>
    /// <param name="depth">The number of lists around them.</param>
    /// <param name="isNullable">Whether the outermost list may be missing.</param>
    /// <param name="size">The fixed number of these lists per record, or 0 when it varies.</param>
    public void AddLengths(string path, int depth, bool isNullable = false, int size = 0)
    {
        if (depth > 0)
        {
            _columns.Add(new DatasetColumn(LengthsPath(path, depth), ColumnType.Int32, isNullable, null, $"The number of items of each list in {path}") { IsVector = true, Depth = depth, Size = size, IsLengths = true });
        }
    }
}
