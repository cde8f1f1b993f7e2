using System.Collections.Concurrent;

namespace KafkaDatasets.Schemas;

/// <summary>The schemas that one dataset's records were written with: each is asked for once however many threads need it, and a wait ends when it is cancelled or the time is up.</summary>
internal abstract class WriterSchemas(TimeSpan timeout, TimeProvider time) : IWriterSchemas
{
    private readonly ConcurrentDictionary<object, Lazy<Task<SchemaDocument>>> _schemas = new();

    protected TimeSpan Timeout => timeout;

    public abstract ValueTask<SchemaDocument> FindAsync(WriterSchemaId id, CancellationToken cancellationToken);

    public virtual ValueTask<bool> IsVersionAsync(SchemaDocument schema, string subject, int newest, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    /// <summary>Says what went wrong.</summary>
    /// <param name="error">What was thrown; a <see cref="TimeoutException"/> where the time was up.</param>
    /// <param name="name">What messages call the schema.</param>
    protected abstract SchemaException Fault(Exception error, string name);

    /// <summary>The schema from an earlier request, or from this one.</summary>
    protected async ValueTask<SchemaDocument> OnceAsync(object key, string name, Func<string, Task<SchemaDocument>> get, CancellationToken cancellationToken)
    {
        Lazy<Task<SchemaDocument>> lazy = _schemas.GetOrAdd(key, _ => Request(key, () => get(name)));
        try
        {
            return await WaitAsync(name, lazy.Value, cancellationToken).ConfigureAwait(false);
        }
        catch (SchemaException)
        {
            _schemas.TryRemove(KeyValuePair.Create(key, lazy)); // a response that came too late is not waited for again
            throw;
        }
    }

    /// <summary>On the thread pool: a client may run its first part, and wait for its lock, on the caller's thread.</summary>
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

    /// <summary>A request that is forgotten when it fails, whoever still waits for it: a later record may find the registry well again.</summary>
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
