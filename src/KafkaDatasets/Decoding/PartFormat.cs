using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>How one part of a dataset's records is read.</summary>
/// <param name="Part">The part.</param>
/// <param name="Format">Its format.</param>
/// <param name="Schemas">Where writers' schemas come from; null: it has no framing.</param>
internal sealed record PartFormat(DataPart Part, IRecordFormat Format, RegistrySchemas? Schemas)
{
    /// <summary>The subject that the dataset's schema was looked for under, or null.</summary>
    public string? Subject { get; init; }
}
