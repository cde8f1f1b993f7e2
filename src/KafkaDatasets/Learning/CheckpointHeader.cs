namespace KafkaDatasets.Learning;

/// <summary>The part of a checkpoint that is JSON.</summary>
internal sealed record CheckpointHeader
{
    public required long Number { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string Topic { get; init; }

    public Guid? TopicId { get; init; }

    public required string GroupId { get; init; }

    public required long Rows { get; init; }

    public required SortedDictionary<int, long> Positions { get; init; }

    public required string Learner { get; init; }

    public required string Settings { get; init; }

    public required IReadOnlyList<string> Features { get; init; }

    public required string Label { get; init; }

    /// <summary>The split that is learned, as <see cref="ReadState.NameOf"/> names it; empty for every row. Null in a checkpoint of an earlier version of the library.</summary>
    public string? Split { get; init; }

    public required string Schema { get; init; }

    /// <summary>Null in a checkpoint of an earlier version of the library.</summary>
    public string? SchemaSource { get; init; }

    /// <summary>Null in a checkpoint of an earlier version of the library.</summary>
    public IReadOnlyList<SavedSchemaId>? WriterSchemas { get; init; }

    public required IReadOnlyList<string> ColumnTypes { get; init; }

    public required bool IsBinary { get; init; }

    public required bool IsCalibrated { get; init; }

    public string? Detector { get; init; }
}
