namespace KafkaDatasets.Monitoring.Streams;

/// <summary>The columns of headers and keys that a monitor reads; a header's column has its name.</summary>
internal static class MonitorHeaders
{
    /// <summary>The column with the record's key.</summary>
    public const string Key = "kafkadatasets.key";

    /// <summary>Adds columns for headers and, if records are joined by it, for the key.</summary>
    public static KafkaDatasetOptions With(KafkaDatasetOptions options, LabelJoinKey joinBy, params ReadOnlySpan<string> headers)
    {
        var columns = new List<RecordColumn>(options.RecordColumns);
        foreach (string header in headers)
        {
            if (!columns.Any(c => c.Column.Name == header))
            {
                columns.Add(RecordColumn.Header(header));
            }
        }

        if (joinBy.ColumnName is { Length: 0 })
        {
            columns.Add(RecordColumn.Key(Key));
        }

        return options with { RecordColumns = columns };
    }
}
