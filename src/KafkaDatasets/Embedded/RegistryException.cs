namespace KafkaDatasets.Embedded;

/// <summary>A request that the registry rejects, with the error code of Confluent's registry.</summary>
internal sealed class RegistryException(int code, string message) : Exception(message)
{
    /// <summary>The registry's error code: the HTTP status, alone or followed by two digits.</summary>
    internal int Code { get; } = code;

    internal int Status => Code < 1000 ? Code : Code / 100;

    internal static RegistryException BadRequest(string reason) => new(400, $"Bad request: {reason}");

    internal static RegistryException NotFound() => new(404, "HTTP 404 Not Found");

    internal static RegistryException SubjectNotFound(string subject) => new(40401, $"Subject '{subject}' not found.");

    internal static RegistryException VersionNotFound(int version) => new(40402, $"Version {version} not found.");

    internal static RegistryException SchemaNotFound() => new(40403, "Schema not found");

    internal static RegistryException InvalidSchema(string reason) => new(42201, $"Invalid schema: {reason}");

    internal static RegistryException InvalidVersion(string version) =>
        new(42202, $"The specified version '{version}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string \"latest\"");

    internal static RegistryException InvalidCompatibilityLevel(string level) =>
        new(42203, $"The compatibility level '{level}' is not supported: the embedded registry checks no compatibility, so only NONE can be set");
}
