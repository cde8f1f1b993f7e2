namespace KafkaDatasets.Monitoring.Streams;

/// <summary>The headers of scores that a monitor reads, and the names of their columns.</summary>
internal static class MonitorHeaders
{
    public const string Topic = "kafkadatasets.input.topic";
    public const string Partition = "kafkadatasets.input.partition";
    public const string Offset = "kafkadatasets.input.offset";
    public const string Timestamp = "kafkadatasets.input.timestamp";
    public const string ModelVersion = "kafkadatasets.model.version";

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
