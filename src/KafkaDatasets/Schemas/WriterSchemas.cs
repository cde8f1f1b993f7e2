using System.Collections.Concurrent;

namespace KafkaDatasets.Schemas;

/// <summary>The schemas that a dataset's records were written with: each is requested once for all threads, and a wait ends on cancellation or timeout.</summary>
internal abstract class WriterSchemas(TimeSpan timeout, TimeProvider time) : IWriterSchemas
{
    private readonly ConcurrentDictionary<object, Lazy<Task<SchemaDocument>>> _schemas = new();

    protected TimeSpan Timeout => timeout;

    public abstract ValueTask<SchemaDocument> FindAsync(WriterSchemaId id, CancellationToken cancellationToken);

    public virtual ValueTask<bool> IsVersionAsync(SchemaDocument schema, string subject, int newest, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    /// <summary>Creates the exception for a failed request.</summary>
    /// <param name="error">The exception that was thrown: a <see cref="TimeoutException"/> after a timeout.</param>
    /// <param name="name">The name of the schema in messages.</param>
    protected abstract SchemaException Fault(Exception error, string name);

    /// <summary>Returns the schema from an earlier request, or from this one.</summary>
    protected async ValueTask<SchemaDocument> OnceAsync(object key, string name, Func<string, Task<SchemaDocument>> get, CancellationToken cancellationToken)
    {
        Lazy<Task<SchemaDocument>> lazy = _schemas.GetOrAdd(key, _ => Request(key, () => get(name)));
        try
        {
            return await WaitAsync(name, lazy.Value, cancellationToken).ConfigureAwait(false);
        }
        catch (SchemaException)
        {
            _schemas.TryRemove(KeyValuePair.Create(key, lazy)); // a request that timed out is not awaited again
            throw;
        }
    }

    /// <summary>Keeps a schema that another request has brought, unless it is there.</summary>
    protected void Keep(object key, SchemaDocument schema) => _schemas.TryAdd(key, new Lazy<Task<SchemaDocument>>(Task.FromResult(schema)));

    /// <summary>Starts the request on the thread pool: a client may run its first part, and wait for its lock, on the caller's thread.</summary>
    protected static Task<SchemaDocument> Start(Func<Task<SchemaDocument>> get) => Task.Run(get);

    protected async ValueTask<SchemaDocument> WaitAsync(string name, Task<SchemaDocument> task, CancellationToken cancellationToken)
    {
        try
        {
            return await task.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not SchemaException && !(e is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            throw Fault(e, name);
        }
    }

    /// <summary>Creates a request that is removed from the cache when it fails, even if others still await it: the registry may have recovered by a later record.</summary>
    private Lazy<Task<SchemaDocument>> Request(object key, Func<Task<SchemaDocument>> get)
    {
        Lazy<Task<SchemaDocument>>? request = null;
        request = new Lazy<Task<SchemaDocument>>(() => Start(async () =>
        {
            try
            {
                return await get().ConfigureAwait(false);
            }
            catch
            {
                _schemas.TryRemove(KeyValuePair.Create(key, request!));
                throw;
            }
        }));
        return request;
    }
}
