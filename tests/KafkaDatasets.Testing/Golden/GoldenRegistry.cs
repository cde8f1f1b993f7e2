using System.Net;
using System.Text.Json;

namespace KafkaDatasets.Testing.Golden;

/// <summary>The answers of a registry that holds the schemas of golden vectors under the ids and GUIDs that the vectors carry.</summary>
internal static class GoldenRegistry
{
    /// <param name="vectors">The vectors of one topic.</param>
    /// <param name="subject">The subject under which their schemas are, oldest first.</param>
    public static StubRegistry Start(IReadOnlyList<GoldenVector> vectors, string subject)
    {
        GoldenVector[] schemas = [.. vectors.DistinctBy(v => v.SchemaId).OrderBy(v => v.SchemaId)];
        var answers = new Dictionary<string, string>
        {
            [$"/subjects/{subject}/versions/latest"] = Registered(schemas[^1], subject, schemas.Length),
        };
        for (int i = 0; i < schemas.Length; i++)
        {
            answers[$"/subjects/{subject}/versions/{i + 1}"] = Registered(schemas[i], subject, i + 1);
            answers[$"/schemas/ids/{schemas[i].SchemaId}"] = Registered(schemas[i], subject, i + 1);
            answers[$"/schemas/guids/{schemas[i].SchemaGuid}"] = Registered(schemas[i], subject, i + 1);
        }

        foreach (GoldenReference reference in schemas.SelectMany(s => s.References))
        {
            answers[$"/subjects/{reference.Subject}/versions/{reference.Version}"] = JsonSerializer.Serialize(
                new { subject = reference.Subject, version = reference.Version, id = 1000, schemaType = "AVRO", schema = reference.Schema });
        }

        return new StubRegistry(request => Answer(answers, request));
    }

    private static (int Status, string Body) Answer(Dictionary<string, string> answers, HttpListenerRequest request)
    {
        string path = Uri.UnescapeDataString(request.Url!.AbsolutePath);
        return answers.TryGetValue(path, out string? body) ? (200, body) : StubRegistry.Error(404, 40403, $"Schema not found: {path}");
    }

    private static string Registered(GoldenVector vector, string subject, int version) => JsonSerializer.Serialize(new
    {
        subject,
        version,
        id = vector.SchemaId,
        guid = vector.SchemaGuid,
        schemaType = vector.SchemaType,
        schema = vector.Schema,
        references = vector.References.Select(r => new { name = r.Name, subject = r.Subject, version = r.Version }),
    });
}
