using System.Text;
using System.Text.Json.Nodes;

namespace KafkaDatasets.Embedded;

/// <summary>An HTTP response.</summary>
/// <param name="Status">200, 404 …</param>
/// <param name="Body">The body, in the registry's media type.</param>
internal sealed record HttpResponse(int Status, ReadOnlyMemory<byte> Body)
{
    internal const string MediaType = "application/vnd.schemaregistry.v1+json";

    internal static HttpResponse Json(int status, JsonNode body) => new(status, Encoding.UTF8.GetBytes(body.ToJsonString()));
}
