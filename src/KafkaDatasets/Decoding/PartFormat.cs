using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>How one part of a dataset's records is read.</summary>
/// <param name="Part">The part.</param>
/// <param name="Format">Its format.</param>
/// <param name="Schemas">Where writers' schemas come from; null: every record is written with the dataset's own schema.</param>
internal sealed record PartFormat(DataPart Part, IRecordFormat Format, IWriterSchemas? Schemas)
{
    /// <summary>What the format is called.</summary>
    public required string Name { get; init; }

    /// <summary>Tells where a writer has the fields in another order than the dataset; null: that changes nothing.</summary>
    public FieldOrder? Order { get; init; }

    /// <summary>The frame before or beside the part; null: there is none.</summary>
    public RecordFraming? Framing { get; init; } = Schemas is null ? null : RecordFraming.Confluent;

    /// <summary>The subject that the dataset's schema was looked for under, or null.</summary>
    public string? Subject { get; init; }
}
