using KafkaDatasets.Formats;

namespace KafkaDatasets.MLNet;

/// <summary>A loader as it is saved in a model file: the definition of a row, without any address or secret.</summary>
internal sealed record SavedLoader
{
    public FormatDescription? Format { get; init; }

    public required string FormatName { get; init; }

    public FormatDescription? KeyFormat { get; init; }

    public string? KeyFormatName { get; init; }

    /// <summary>The full name of the record.</summary>
    public required string Record { get; init; }

    public required IReadOnlyList<DatasetColumn> Columns { get; init; }

    public IReadOnlyList<string>? Features { get; init; }

    public SavedLabel? Label { get; init; }

    public IReadOnlyList<string> ExtraColumns { get; init; } = [];

    public IReadOnlyList<SavedRecordColumn> RecordColumns { get; init; } = [];

    public bool ColumnNameCaseInsensitive { get; init; }

    public bool EnumsAsText { get; init; }

    public ViewColumns ViewColumns { get; init; }
}
