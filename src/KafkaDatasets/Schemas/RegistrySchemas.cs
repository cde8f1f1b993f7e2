using System.Collections.Concurrent;
using Confluent.SchemaRegistry;
using RegistrySchema = Confluent.SchemaRegistry.Schema;

namespace KafkaDatasets.Schemas;

/// <summary>
/// The schemas of one dataset, through Confluent's client: each is asked for once however many threads need it,
/// errors keep the registry's code, and a wait ends when it is cancelled or the time is up, though the client takes no token.
/// </summary>
internal sealed class RegistrySchemas(ISchemaRegistryClient client, TimeSpan timeout, TimeProvider time)
{
    private readonly ConcurrentDictionary<object, Lazy<Task<SchemaDocument>>> _schemas = new();

    public ValueTask<SchemaDocument> GetAsync(int id, CancellationToken cancellationToken) =>
        OnceAsync(id, $"id {id}", async name => await DocumentAsync(await client.GetSchemaAsync(id).ConfigureAwait(false), id, name).ConfigureAwait(false), cancellationToken);

    public ValueTask<SchemaDocument> GetAsync(Guid guid, CancellationToken cancellationToken) =>
        OnceAsync(guid, $"GUID {guid}", async name => await DocumentAsync(await client.GetSchemaByGuidAsync(guid.ToString()).ConfigureAwait(false), null, name).ConfigureAwait(false), cancellationToken);

    /// <summary>The schema of a subject's version, or its newest; never from an earlier call.</summary>
    public ValueTask<SchemaDocument> GetAsync(string subject, int? version, CancellationToken cancellationToken)
    {
        string name = version is { } v ? $"subject '{subject}' version {v}" : $"subject '{subject}'";
        return WaitAsync(
            name,
            Start(async () =>
            {
                RegisteredSchema schema = version is { } number
                    ? await client.GetRegisteredSchemaAsync(subject, number).ConfigureAwait(false)
                    : await client.GetLatestSchemaAsync(subject).ConfigureAwait(false);
                return await DocumentAsync(schema.Schema, schema.Id, name).ConfigureAwait(false) with { Subject = (schema.Subject, schema.Version) };
            }),
            cancellationToken);
    }

    /// <summary>Whether a schema is a version of a subject.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="subject">The subject.</param>
    /// <param name="newest">Its newest version.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<bool> IsVersionAsync(SchemaDocument schema, string subject, int newest, CancellationToken cancellationToken)
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
                // a version that was deleted
            }
        }

        return false;
    }

    private async ValueTask<SchemaDocument> OnceAsync(object key, string name, Func<string, Task<SchemaDocument>> get, CancellationToken cancellationToken)
    {
        Lazy<Task<SchemaDocument>> lazy = _schemas.GetOrAdd(key, _ => Ask(key, () => get(name)));
        try
        {
            return await WaitAsync(name, lazy.Value, cancellationToken).ConfigureAwait(false);
        }
        catch (SchemaException)
        {
            _schemas.TryRemove(KeyValuePair.Create(key, lazy)); // an answer that came too late is not waited for again
            throw;
        }
    }

    /// <summary>A question that is forgotten when it fails, whoever still waits for it: a later record may find the registry well again.</summary>
    private Lazy<Task<SchemaDocument>> Ask(object key, Func<Task<SchemaDocument>> get)
    {
        Lazy<Task<SchemaDocument>>? question = null;
        question = new Lazy<Task<SchemaDocument>>(() => Start(async () =>
        {
            try
            {
                return await get().ConfigureAwait(false);
            }
            catch
            {
                _schemas.TryRemove(KeyValuePair.Create(key, question!));
                throw;
            }
        }));
        return question;
    }

    /// <summary>On the thread pool: the client runs its first part, and waits for its lock, on the caller's thread.</summary>
    private static Task<SchemaDocument> Start(Func<Task<SchemaDocument>> get) => Task.Run(get);

    private async ValueTask<SchemaDocument> WaitAsync(string name, Task<SchemaDocument> task, CancellationToken cancellationToken)
    {
        try
        {
            return await task.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (SchemaRegistryException e)
        {
            throw new SchemaException($"The schema registry has no answer for the schema of {name}: {e.Message} (error code {e.ErrorCode}).{Remedy(e.ErrorCode)}", e)
            {
                ErrorCode = e.ErrorCode,
                IsRegistryFault = (int)e.Status is < 400 or 401 or 403 or 408 or 429 or >= 500,
            };
        }
        catch (TimeoutException e)
        {
            throw new SchemaException($"The schema registry did not answer for the schema of {name} within {timeout}.", e) { IsRegistryFault = true };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new SchemaException($"The schema registry cannot be reached for the schema of {name}: {e.Message}. Check its address, and that it is up.", e) { IsRegistryFault = true };
        }
        catch (Exception e) when (e is not (SchemaException or OperationCanceledException))
        {
            throw new SchemaException($"The answer of the schema registry for the schema of {name} cannot be read: {e.Message}. Is it a schema registry that is at its address?", e) { IsRegistryFault = true };
        }
    }

    private static string Remedy(int errorCode) => errorCode switch
    {
        40401 => $" Nothing was registered under that subject: use {nameof(RecordFormat)}.{nameof(RecordFormat.RegistrySubject)} if the topic was written with another subject-name strategy, or {nameof(RecordFormat)}.{nameof(RecordFormat.Avro)} for values without a registry.",
        40403 => " Is it the registry that the topic was written with?",
        401 or 40101 or 403 or 40301 => " The registry refused the credentials.",
        _ => "",
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
