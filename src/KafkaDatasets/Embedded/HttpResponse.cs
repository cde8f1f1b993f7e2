using System.Text.Json;
using System.Text.Json.Nodes;

namespace KafkaDatasets.Embedded;

/// <summary>A response over HTTP.</summary>
/// <param name="Status">200, 404 …</param>
/// <param name="Body">The body, of the registry's media type.</param>
internal sealed record HttpResponse(int Status, ReadOnlyMemory<byte> Body)
{
    internal const string MediaType = "application/vnd.schemaregistry.v1+json";

    /// <summary>A response in JSON, written without the serializer, whose reflection trimmed and file-based apps lack.</summary>
    internal static HttpResponse Json(int status, JsonNode body)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            body.WriteTo(writer);
        }

        return new(status, bytes.ToArray());
    }
}
