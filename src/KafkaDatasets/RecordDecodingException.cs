namespace KafkaDatasets;

/// <summary>A record cannot be decoded. Under <see cref="BadRecordPolicy.Skip"/> such records are skipped and counted instead.</summary>
public sealed class RecordDecodingException : KafkaDatasetException
{
    internal RecordDecodingException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The id of the schema that the record was written with; null if it has none.</summary>
    public int? SchemaId { get; init; }

    /// <summary>The field that cannot be decoded; null if the problem is not in a single field.</summary>
    public string? Field { get; init; }
}
