namespace KafkaDatasets;

/// <summary>An additional column that holds a record's key or one of its headers.</summary>
public sealed class RecordColumn
{
    private RecordColumn(DatasetColumn column)
    {
        ArgumentException.ThrowIfNullOrEmpty(column.Name);
        Column = column;
    }

    internal DatasetColumn Column { get; }

    /// <summary>Creates a column with the record's key as UTF-8 text; a missing key is empty.</summary>
    /// <param name="column">The column's name. Default <c>Key</c>.</param>
    /// <returns>The column.</returns>
    public static RecordColumn Key(string column = "Key") =>
        new(new DatasetColumn(column, ColumnType.Text, IsNullable: true) { Part = RecordPart.Key });

    /// <summary>Creates a column with the record's key as a vector of bytes (UInt8); a missing key is an empty vector.</summary>
    /// <param name="column">The column's name. Default <c>Key</c>.</param>
    /// <returns>The column.</returns>
    public static RecordColumn KeyBytes(string column = "Key") =>
        new(new DatasetColumn(column, ColumnType.UInt8, IsNullable: true) { Part = RecordPart.Key, IsVector = true });

    /// <summary>Creates a Boolean column that tells whether the record has a key.</summary>
    internal static RecordColumn HasKey(string column) => new(new DatasetColumn(column, ColumnType.Boolean) { Part = RecordPart.Key });

    /// <summary>Creates a column with the value of the record's last header of a name as UTF-8 text; a missing header, or one without a value, is empty.</summary>
    /// <param name="header">The header's name.</param>
    /// <param name="column">The column's name. Default null: the header's name.</param>
    /// <returns>The column.</returns>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    public static RecordColumn Header(string header, string? column = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(header);
        return new(new DatasetColumn(column ?? header, ColumnType.Text, IsNullable: true) { Part = RecordPart.Header, Header = header });
    }

    /// <summary>Creates a column with the value of the record's last header of a name as a vector of bytes (UInt8); a missing header, or one without a value, is an empty vector.</summary>
    /// <param name="header">The header's name.</param>
    /// <param name="column">The column's name. Default null: the header's name.</param>
    /// <returns>The column.</returns>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    public static RecordColumn HeaderBytes(string header, string? column = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(header);
        return new(new DatasetColumn(column ?? header, ColumnType.UInt8, IsNullable: true) { Part = RecordPart.Header, Header = header, IsVector = true });
    }

    /// <inheritdoc/>
    public override string ToString() => Column.Header is { } header ? $"Header({header})" : $"Key({Column.Name})";

    /// <summary>The columns for partition, offset and timestamp, and those that were requested.</summary>
    internal static IEnumerable<DatasetColumn> All(IReadOnlyList<RecordColumn> askedFor) =>
    [
        new DatasetColumn("Partition", ColumnType.Int32) { Part = RecordPart.Partition },
        new DatasetColumn("Offset", ColumnType.Int64) { Part = RecordPart.Offset },
        new DatasetColumn("Timestamp", ColumnType.DateTimeOffset) { Part = RecordPart.Timestamp },
        .. askedFor.Select(c => c.Column),
    ];
}
