namespace KafkaDatasets;

/// <summary>A record that cannot be decoded. <see cref="BadRecordPolicy.Skip"/> passes over it.</summary>
public sealed class RecordDecodingException : KafkaDatasetException
{
    internal RecordDecodingException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The id of the writer's schema, where the record has one.</summary>
    public int? SchemaId { get; init; }

    /// <summary>The field, where one is concerned.</summary>
    public string? Field { get; init; }
}
