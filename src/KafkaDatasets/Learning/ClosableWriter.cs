using Confluent.Kafka;

namespace KafkaDatasets.Learning;

/// <summary>A place for checkpoints that can be closed before it is released: nothing is written after that, also by a run that goes on in a learner which takes long.</summary>
/// <remarks>After the release the place may be another learner's, whose checkpoints must not be replaced. A client of Kafka must not be closed during a call, either.</remarks>
internal sealed class ClosableWriter(ICheckpointWriter inner) : ICheckpointWriter
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private bool _isClosed;

    public LearningCheckpoint? Latest => inner.Latest;

    /// <exception cref="ObjectDisposedException">The place was closed before.</exception>
    public async Task WriteAsync(LearningCheckpoint checkpoint, byte[] journal, Func<IConsumerGroupMetadata?> membership, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            await inner.WriteAsync(checkpoint, journal, membership, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Waits for a write in progress, and refuses every later one.</summary>
    public async Task CloseAsync()
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        _isClosed = true;
        _gate.Release();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await inner.DisposeAsync().ConfigureAwait(false);
    }
}
