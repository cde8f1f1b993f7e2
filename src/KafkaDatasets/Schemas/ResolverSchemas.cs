using System.Globalization;

namespace KafkaDatasets.Schemas;

/// <summary>The schemas of one dataset, read through the caller's resolver.</summary>
internal sealed class ResolverSchemas(ISchemaResolver resolver, TimeSpan timeout, TimeProvider time) : WriterSchemas(timeout, time)
{
    private readonly TimeProvider _time = time;

    public override ValueTask<SchemaDocument> FindAsync(WriterSchemaId id, CancellationToken cancellationToken) =>
        OnceAsync(
            id,
            id.ToString(),
            async name =>
            {
                using var limit = new CancellationTokenSource(Timeout, _time); // the request is shared: cancelling one reader does not cancel it for the others
                return await resolver.ResolveAsync(id, limit.Token).ConfigureAwait(false) is { } schema
                    ? SchemaDocument.Of(schema, id.Int32, name)
                    : throw new SchemaException($"{resolver.GetType().Name} has no schema with the {id}. Check that it asks the registry that the topic was written with.") { SchemaId = id.Int32 };
            },
            cancellationToken);

    protected override SchemaException Fault(Exception error, string name) => new(
        error is TimeoutException or OperationCanceledException
            ? string.Create(CultureInfo.InvariantCulture, $"{resolver.GetType().Name} did not find the schema of {name} within {Timeout.TotalSeconds:0.###} s.")
            : $"{resolver.GetType().Name} failed to find the schema of {name}: {error.GetType().Name}: {error.Message.TrimEnd('.')}.",
        error)
    {
        IsRegistryFault = true,
    };
}
