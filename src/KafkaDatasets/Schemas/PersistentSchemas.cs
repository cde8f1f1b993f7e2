using System.Net;
using KafkaDatasets.Diagnostics;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Schemas;

/// <summary>
/// The schemas of records in the middle of a read: what may pass, such as a registry that restarts, is waited for, as it is with brokers. A dataset that is being opened does not wait, since
/// nothing is lost then, and a wrong address is the likelier cause.
/// </summary>
/// <param name="schemas">The schemas.</param>
/// <param name="timeout">How long a failing registry is asked again.</param>
/// <param name="time">The clock.</param>
/// <param name="loggers">Where a failure that is waited for is logged; null for nowhere.</param>
internal sealed class PersistentSchemas(IWriterSchemas schemas, TimeSpan timeout, TimeProvider time, ILoggerFactory? loggers) : IWriterSchemas
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ILogger? _logger = loggers?.CreateLogger(Instruments.Name);

    public ValueTask<SchemaDocument> FindAsync(WriterSchemaId id, CancellationToken cancellationToken) =>
        PersistAsync(token => schemas.FindAsync(id, token), cancellationToken);

    public ValueTask<bool> IsVersionAsync(SchemaDocument schema, string subject, int newest, CancellationToken cancellationToken) =>
        PersistAsync(token => schemas.IsVersionAsync(schema, subject, newest, token), cancellationToken);

    private async ValueTask<T> PersistAsync<T>(Func<CancellationToken, ValueTask<T>> request, CancellationToken cancellationToken)
    {
        long since = time.GetTimestamp();
        SchemaException? failure = null;
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using ITimer limit = time.CreateTimer(_ => attempt.Cancel(), null, System.Threading.Timeout.InfiniteTimeSpan, System.Threading.Timeout.InfiniteTimeSpan);
        while (true)
        {
            try
            {
                return await request(attempt.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (failure is not null && !cancellationToken.IsCancellationRequested)
            {
                throw failure;
            }
            catch (SchemaException e) when (MayPass(e) && timeout - time.GetElapsedTime(since) is var left && left > Pause)
            {
                if (failure is null)
                {
                    limit.Change(left, System.Threading.Timeout.InfiniteTimeSpan); // the first attempt has its own time-out
                }

                if (failure?.Message != e.Message && _logger is not null)
                {
                    Log.ClientError(_logger, e.Message);
                }

                failure = e;
            }

            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool MayPass(SchemaException failure) => failure.IsRegistryFault && failure.HttpStatus is not ((int)HttpStatusCode.Unauthorized or (int)HttpStatusCode.Forbidden);
}
