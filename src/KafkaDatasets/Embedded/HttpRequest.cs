namespace KafkaDatasets.Embedded;

/// <summary>An HTTP request.</summary>
/// <param name="Method">GET, POST …</param>
/// <param name="Path">The segments of the path, unescaped; the query is left out.</param>
/// <param name="Body">The body; empty when there is none.</param>
internal sealed record HttpRequest(string Method, string[] Path, ReadOnlyMemory<byte> Body);
