using System.Globalization;
using System.Text.Json;
using Confluent.SchemaRegistry;

namespace KafkaDatasets;

/// <summary>Finds schemas by content id or global id in an Apicurio Registry, through its core registry API (version 3).</summary>
/// <param name="http">The HTTP client, with <see cref="HttpClient.BaseAddress"/> set to the registry's API, for example <c>http://registry:8080/apis/registry/v3/</c>, and with credentials if the registry requires them. The caller disposes it.</param>
public sealed class ApicurioSchemaResolver(HttpClient http) : ISchemaResolver
{
    private const int MaxReferences = 1000;

    /// <inheritdoc/>
    public async ValueTask<ResolvedSchema?> ResolveAsync(WriterSchemaId id, CancellationToken cancellationToken)
    {
        string path = id.Kind switch
        {
            SchemaIdKind.ContentId or SchemaIdKind.Id => $"ids/contentIds/{Number(id.Number)}",
            SchemaIdKind.GlobalId => $"ids/globalIds/{Number(id.Number)}",
            SchemaIdKind.Guid => throw new NotSupportedException($"Apicurio has no schemas by GUID, and the {id} is asked for."),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        if (await GetAsync($"{path}?returnArtifactType=true", cancellationToken).ConfigureAwait(false) is not { } content)
        {
            return null;
        }

        var references = new List<KeyValuePair<string, string>>();
        await AddReferencesAsync($"{path}/references", [], references, cancellationToken).ConfigureAwait(false);
        return new ResolvedSchema(content.Type ?? Guess(content.Text), content.Text) { References = references };
    }

    private async Task AddReferencesAsync(string path, HashSet<string> seen, List<KeyValuePair<string, string>> references, CancellationToken cancellationToken)
    {
        if (await GetAsync(path, cancellationToken).ConfigureAwait(false) is not { } list)
        {
            return;
        }

        using JsonDocument parsed = JsonDocument.Parse(list.Text);
        foreach (JsonElement reference in parsed.RootElement.EnumerateArray())
        {
            string version = $"groups/{Part(reference, "groupId", "default")}/artifacts/{Part(reference, "artifactId")}/versions/{Part(reference, "version")}";
            if (seen.Count < MaxReferences && seen.Add(version) && await GetAsync($"{version}/content", cancellationToken).ConfigureAwait(false) is { } content)
            {
                await AddReferencesAsync($"{version}/references", seen, references, cancellationToken).ConfigureAwait(false);
                references.Add(new(reference.GetProperty("name").GetString() ?? "", content.Text));
            }
        }
    }

    private async Task<(string Text, SchemaType? Type)?> GetAsync(string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await http.GetAsync(path, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            return null;
        }

        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"{response.RequestMessage?.RequestUri?.GetLeftPart(UriPartial.Path)}: HTTP status {(int)response.StatusCode} ({response.StatusCode})", null, response.StatusCode);
        }

        string? type = response.Headers.TryGetValues("X-Registry-ArtifactType", out IEnumerable<string>? types) ? types.FirstOrDefault() : null;
        return (await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false), type switch
        {
            "AVRO" => SchemaType.Avro,
            "JSON" => SchemaType.Json,
            "PROTOBUF" => SchemaType.Protobuf,
            null => null,
            var other => throw new NotSupportedException($"The artifact is of type {other}; AVRO, JSON and PROTOBUF can be read."),
        });
    }

    /// <summary>Guesses the language of a schema when the registry does not state it: the response for a content id carries no artifact type.</summary>
    private static SchemaType Guess(string text)
    {
        if (text.AsSpan().TrimStart() is not ['{' or '[' or '"', ..])
        {
            return SchemaType.Protobuf;
        }

        using JsonDocument json = JsonDocument.Parse(text);
        JsonElement root = json.RootElement;
        return root.ValueKind == JsonValueKind.Object && (root.TryGetProperty("$schema", out _) || root.TryGetProperty("properties", out _) || root.TryGetProperty("oneOf", out _)) ? SchemaType.Json : SchemaType.Avro;
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Part(JsonElement reference, string name, string missing = "") =>
        Uri.EscapeDataString(reference.TryGetProperty(name, out JsonElement value) && value.GetString() is { Length: > 0 } text ? text : missing);
}
