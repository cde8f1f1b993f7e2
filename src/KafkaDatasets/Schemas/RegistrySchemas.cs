using Confluent.SchemaRegistry;
using KafkaDatasets.Diagnostics;
using RegistrySchema = Confluent.SchemaRegistry.Schema;

namespace KafkaDatasets.Schemas;

/// <summary>The schemas of one dataset, read through Confluent's registry client, which takes no cancellation token.</summary>
internal sealed class RegistrySchemas(ISchemaRegistryClient client, TimeSpan timeout, TimeProvider time) : WriterSchemas(timeout, time)
{
    /// <summary>What the name of a subject in another context than the default one begins with; there, ids are of other schemas.</summary>
    private const char ContextMark = ':';

    public override ValueTask<SchemaDocument> FindAsync(WriterSchemaId id, CancellationToken cancellationToken) =>
        id.Kind == SchemaIdKind.Guid ? GetAsync(id.Guid, cancellationToken)
        : id.Int32 is { } number ? GetAsync(number, cancellationToken)
        : throw new SchemaException($"The {id} has more than 32 bits, which is more than a schema registry's ids have.");

    public ValueTask<SchemaDocument> GetAsync(int id, CancellationToken cancellationToken) =>
        OnceAsync(id, NameOf(id), async name => await DocumentAsync(await client.GetSchemaAsync(id).ConfigureAwait(false), id, name).ConfigureAwait(false), cancellationToken);

    public ValueTask<SchemaDocument> GetAsync(Guid guid, CancellationToken cancellationToken) =>
        OnceAsync(guid, $"GUID {guid}", async name => await DocumentAsync(await client.GetSchemaByGuidAsync(guid.ToString()).ConfigureAwait(false), null, name).ConfigureAwait(false), cancellationToken);

    /// <summary>Returns the schema of a subject's version, or of its newest version; never cached.</summary>
    /// <remarks>It is then also known by its id, by which most records name it: one request less before the first row.</remarks>
    public ValueTask<SchemaDocument> GetAsync(string subject, int? version, CancellationToken cancellationToken)
    {
        return WaitAsync(
            version is { } wanted ? NameOf(subject, wanted) : $"subject '{subject}'",
            Start(async () =>
            {
                RegisteredSchema schema = version is { } number
                    ? await client.GetRegisteredSchemaAsync(subject, number).ConfigureAwait(false)
                    : await client.GetLatestSchemaAsync(subject).ConfigureAwait(false);
                SchemaDocument document = await DocumentAsync(schema.Schema, schema.Id, NameOf(subject, schema.Version)).ConfigureAwait(false);
                if (!subject.StartsWith(ContextMark))
                {
                    Keep(schema.Id, document with { Name = NameOf(schema.Id) });
                }

                return document with { Subject = (schema.Subject, schema.Version) };
            }),
            cancellationToken);
    }

    /// <summary>Whether a schema is a version of a subject.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="subject">The subject.</param>
    /// <param name="newest">The subject's newest version.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public override async ValueTask<bool> IsVersionAsync(SchemaDocument schema, string subject, int newest, CancellationToken cancellationToken)
    {
        for (int version = newest; version > 0; version--)
        {
            try
            {
                SchemaDocument other = await GetAsync(subject, version, cancellationToken).ConfigureAwait(false);
                if (schema.Id is { } id ? other.Id == id : other.Text == schema.Text)
                {
                    return true;
                }
            }
            catch (SchemaException e) when (!e.IsRegistryFault)
            {
                // a deleted version
            }
        }

        return false;
    }

    /// <summary>Returns a subject that differs from a missing one only in case or by a typing error; null when there is none or the request fails.</summary>
    public async ValueTask<string?> FindSimilarSubjectAsync(string subject, CancellationToken cancellationToken)
    {
        try
        {
            List<string> subjects = await Task.Run(client.GetAllSubjectsAsync, cancellationToken).WaitAsync(Timeout, cancellationToken).ConfigureAwait(false);
            return SimilarNames.Find(subject, subjects ?? []);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return null; // the result only adds to a message
        }
    }

    protected override SchemaException Fault(Exception error, string name) => RegistryErrors.Of(error, client, $"the schema of {name}", Timeout, Remedy);

    private static string NameOf(int id) => FormattableString.Invariant($"id {id}");

    private static string NameOf(string subject, int version) => FormattableString.Invariant($"subject '{subject}' version {version}");

    private static string? Remedy(int errorCode) => errorCode switch
    {
        RegistryErrors.SubjectNotFound => $"Nothing was registered under that subject: use {nameof(RecordFormat)}.{nameof(RecordFormat.RegistrySubject)} if the topic was written with another subject-name strategy, or {nameof(RecordFormat)}.{nameof(RecordFormat.Avro)} for values without a registry.",
        40403 => "Check that this is the registry that the topic was written with.",
        40101 or 40301 => "The registry refused the credentials: check those that its client was given.",
        _ => null,
    };

    private async Task<SchemaDocument> DocumentAsync(RegistrySchema schema, int? id, string name)
    {
        var references = new List<ReferencedSchema>();
        await AddReferencesAsync(schema, [], references).ConfigureAwait(false);
        return new SchemaDocument(id, name, schema.SchemaType, schema.SchemaString, references);
    }

    private async Task AddReferencesAsync(RegistrySchema schema, HashSet<(string Subject, int Version)> seen, List<ReferencedSchema> references)
    {
        foreach (SchemaReference reference in schema.References ?? [])
        {
            if (seen.Add((reference.Subject, reference.Version)))
            {
                RegisteredSchema referenced = await client.GetRegisteredSchemaAsync(reference.Subject, reference.Version).ConfigureAwait(false);
                await AddReferencesAsync(referenced.Schema, seen, references).ConfigureAwait(false);
                references.Add(new ReferencedSchema(reference.Name, referenced.SchemaString));
            }
        }
    }
}
