using KafkaDatasets.Formats;

namespace KafkaDatasets.MLNet;

/// <summary>A loader as a model file has it: what a row is, and nothing of where it comes from.</summary>
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
