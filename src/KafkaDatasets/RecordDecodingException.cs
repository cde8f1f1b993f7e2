namespace KafkaDatasets;

/// <summary>A record cannot be decoded. Under <see cref="BadRecordPolicy.Skip"/> such records are skipped and counted instead.</summary>
public sealed class RecordDecodingException : KafkaDatasetException
{
    internal RecordDecodingException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The id of the schema that the record was written with; null when it has none.</summary>
    public int? SchemaId { get; init; }

    /// <summary>The field that cannot be decoded; null when it is no single one.</summary>
    public string? Field { get; init; }
}
