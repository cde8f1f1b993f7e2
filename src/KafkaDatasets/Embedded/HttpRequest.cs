namespace KafkaDatasets.Embedded;

/// <summary>A request over HTTP.</summary>
/// <param name="Method">GET, POST …</param>
/// <param name="Path">The parts of the path between the slashes, unescaped; the query is left out.</param>
/// <param name="Body">The body; empty where there is none.</param>
internal sealed record HttpRequest(string Method, string[] Path, ReadOnlyMemory<byte> Body);
