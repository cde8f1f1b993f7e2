using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>How one part of a dataset's records is read.</summary>
/// <param name="Part">The part.</param>
/// <param name="Format">Its format.</param>
/// <param name="Schemas">The source of writers' schemas, or null when every record is written with the dataset's own schema.</param>
internal sealed record PartFormat(DataPart Part, IRecordFormat Format, IWriterSchemas? Schemas)
{
    /// <summary>The name of the format.</summary>
    public required string Name { get; init; }

    /// <summary>Warns when a writer orders the fields differently from the dataset; null when the order does not matter.</summary>
    public FieldOrder? Order { get; init; }

    /// <summary>The framing of the part, in its bytes or in a header, or null when there is none.</summary>
    public RecordFraming? Framing { get; init; } = Schemas is null ? null : RecordFraming.Confluent;

    /// <summary>The subject under which the dataset's schema was looked up, or null.</summary>
    public string? Subject { get; init; }

    /// <summary>The schemas that records were found to be written with.</summary>
    public SeenSchemas Seen { get; } = new();
}
