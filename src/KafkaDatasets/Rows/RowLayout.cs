namespace KafkaDatasets.Rows;

/// <summary>Maps the columns that a pass wants to block columns.</summary>
internal sealed class RowLayout
{
    private readonly Dictionary<string, int> _fields = [];

    /// <summary>Lays out a pass, always with the label: whether a record is valid must not depend on the wanted columns.</summary>
    /// <param name="roles">The label and the features of the dataset.</param>
    /// <param name="withFeatures">Whether the features are wanted.</param>
    /// <param name="fields">The other wanted columns, under their own names.</param>
    /// <param name="checks">Columns that are decoded only because a record without a valid value in them is not a row; they come last, and have no names.</param>
    public RowLayout(ColumnRoles roles, bool withFeatures, IEnumerable<BlockColumn> fields, IEnumerable<BlockColumn>? checks = null)
    {
        var columns = new List<BlockColumn>();
        if (roles.Label is { } label)
        {
            Label = columns.Count;
            columns.Add(new BlockColumn(ColumnType.Single, [roles.LabelField!], label.Kind, roles.Classes) { MissingLabels = roles.MissingLabels });
        }

        if (withFeatures && roles.Features.Count > 0)
        {
            Features = columns.Count;
            columns.Add(new BlockColumn(ColumnType.Single, roles.Features));
        }

        foreach (BlockColumn column in fields)
        {
            if (_fields.TryAdd(column.Fields[0].Name, columns.Count))
            {
                _fields.TryAdd(column.Tensor?.Field ?? column.Fields[0].Name, columns.Count);
                columns.Add(column);
            }
        }

        Wanted = columns.Count;
        columns.AddRange(checks ?? []);
        Columns = columns;
    }

    public IReadOnlyList<BlockColumn> Columns { get; }

    /// <summary>The number of columns without those that are only checked, which come after them.</summary>
    public int Wanted { get; }

    /// <summary>The index of the label, or −1.</summary>
    public int Label { get; } = -1;

    /// <summary>The index of the features, or −1.</summary>
    public int Features { get; } = -1;

    /// <summary>Returns the index of a column by its name; a tensor also has the name that it was requested under.</summary>
    public int Field(string name) => _fields[name];

    public IEnumerable<string> FieldNames => _fields.Keys;

    public bool TryGetField(string name, out int index) => _fields.TryGetValue(name, out index);
}
