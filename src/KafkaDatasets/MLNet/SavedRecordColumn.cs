namespace KafkaDatasets.MLNet;

/// <summary>A column of a record's key or header, as it is saved in a model file.</summary>
/// <param name="Column">Its name.</param>
/// <param name="Header">The name of the header; null for the key.</param>
/// <param name="AsBytes">Whether the column is a vector of bytes instead of text.</param>
internal sealed record SavedRecordColumn(string Column, string? Header, bool AsBytes)
{
    public static SavedRecordColumn Of(RecordColumn column) => new(column.Column.Name, column.Column.Header, column.Column.IsVector);

    public RecordColumn Create() => (Header, AsBytes) switch
    {
        (null, false) => RecordColumn.Key(Column),
        (null, true) => RecordColumn.KeyBytes(Column),
        ({ } header, false) => RecordColumn.Header(header, Column),
        ({ } header, true) => RecordColumn.HeaderBytes(header, Column),
    };
}
