
namespace KafkaDatasets;

/// <summary>A schema cannot be fetched from the registry, is invalid, or does not match what the program requests.</summary>
public sealed class SchemaException : KafkaDatasetException
{
    internal SchemaException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The schema's id in the registry; null if it has none.</summary>
    public int? SchemaId { get; init; }

    /// <summary>The registry's error code (for example 40401: subject not found; 40403: schema not found); null if it returned none.</summary>
    public int? ErrorCode { get; init; }

    /// <summary>The HTTP status of the registry's response (for example 401 or 500); null if the registry did not return an error.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>The field that does not match; null if the problem is not in a single field.</summary>
    public string? Field { get; init; }

    /// <summary>Whether the registry failed rather than the schema being wrong, so that retrying later may help and no record is bad.</summary>
    internal bool IsRegistryFault { get; init; }
}
