
namespace KafkaDatasets;

/// <summary>A schema cannot be fetched from the registry, is invalid, or does not fit what the program asks for.</summary>
public sealed class SchemaException : KafkaDatasetException
{
    internal SchemaException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The schema's id in the registry; null when it has none.</summary>
    public int? SchemaId { get; init; }

    /// <summary>The registry's error code (for example 40401: subject not found; 40403: schema not found), where it gave one.</summary>
    public int? ErrorCode { get; init; }

    /// <summary>The HTTP status of the registry's response (for example 401 or 500), where it gave an error.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>The field that does not fit; null when it is no single one.</summary>
    public string? Field { get; init; }

    /// <summary>Whether it is the registry that failed, not the schema that is wrong: trying again later may help, and no record is to blame.</summary>
    internal bool IsRegistryFault { get; init; }
}
