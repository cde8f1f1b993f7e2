using Confluent.Kafka;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Writing;

/// <summary>
/// A topic opened for writing: the producer, and the buffers that a row's value and key are encoded into. Calls may overlap: rows are encoded one at a time,
/// and calls that must wait complete in the order in which they were made.
/// </summary>
internal sealed class RowTarget : IAsyncDisposable
{
    private readonly TopicProducer _producer;
    private readonly CallQueue _calls = new();
    private readonly Lock _lock = new();
    private readonly ValueBuffer _value = new();
    private readonly ValueBuffer? _key;
    private Task? _disposal;

    private RowTarget(TopicProducer producer, ValueBuffer? key)
    {
        _producer = producer;
        _key = key;
    }

    /// <summary>Reports rows that may be lost because the writer was never disposed, and closes the producer.</summary>
    ~RowTarget() => _producer.CloseDropped();

    /// <summary>Registers the schemas, and connects.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="value">The schema of values, if they have one.</param>
    /// <param name="key">The schema of keys, if they have one.</param>
    /// <param name="options">The options.</param>
    /// <param name="cancellationToken">Cancels the waits.</param>
    /// <exception cref="SchemaException">The registry cannot be reached or refuses a schema.</exception>
    /// <exception cref="BrokerException">No broker could be reached in time, or access was denied, or the topic cannot be created.</exception>
    public static async Task<RowTarget> OpenAsync(string topic, WrittenSchema? value, WrittenSchema? key, KafkaWriterOptions options, CancellationToken cancellationToken)
    {
        SchemaFrame valueFrame = await SchemaFrame.RegisterAsync(topic, MessageComponentType.Value, value, options, cancellationToken).ConfigureAwait(false);
        SchemaFrame keyFrame = await SchemaFrame.RegisterAsync(topic, MessageComponentType.Key, key, options, cancellationToken).ConfigureAwait(false);
        var target = new RowTarget(await TopicProducer.OpenAsync(topic, options, cancellationToken).ConfigureAwait(false), options.Key is null ? null : new ValueBuffer());
        target.Begin(target._value, valueFrame);
        target.Begin(target._key, keyFrame);
        return target;
    }

    /// <summary>Encodes a row and passes it to the producer, waiting while the queue is full.</summary>
    /// <typeparam name="TRow">The type of the row.</typeparam>
    /// <param name="row">The row; it is encoded before the call returns, so the caller may reuse it.</param>
    /// <param name="writeValue">Encodes its value.</param>
    /// <param name="writeKey">Encodes its key; null if records have no key.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="ObjectDisposedException">The target is disposed.</exception>
    /// <exception cref="SchemaException">The row does not match the schema.</exception>
    /// <exception cref="KafkaWriteException">This row or an earlier one was refused.</exception>
    public ValueTask WriteAsync<TRow>(TRow row, Action<ValueBuffer, TRow> writeValue, Action<ValueBuffer, TRow>? writeKey, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            ThrowIfDisposed();
            _value.Clear();
            writeValue(_value, row);
            _key?.Clear();
            writeKey?.Invoke(_key!, row);
            Taking taking = _calls.IsIdle ? _producer.TryWrite(_value, _key) : Taking.Full;
            GC.KeepAlive(this); // the finalizer closes the producer, which must not happen during its last call
            if (taking == Taking.Taken)
            {
                return ValueTask.CompletedTask;
            }

            // Copies: the next call uses the buffers while this one waits
            var waiting = new WaitingRow(_value.Written.ToArray(), _key is null or { IsNull: true } ? null : _key.Written.ToArray(), taking == Taking.Refused);
            return new ValueTask(WriteInTurnAsync(waiting, cancellationToken));
        }
    }

    /// <summary>Waits until every row written before is acknowledged.</summary>
    /// <exception cref="ObjectDisposedException">The target is disposed.</exception>
    /// <exception cref="KafkaWriteException">Some rows were refused, or not acknowledged in time.</exception>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            return _calls.RunAsync(() => _producer.FlushAsync(cancellationToken), cancellationToken);
        }
    }

    /// <inheritdoc cref="TopicProducer.Abandon"/>
    public void Abandon() => _producer.Abandon();

    /// <summary>Waits for earlier calls, flushes outstanding rows, and closes the producer; further calls wait for the first.</summary>
    /// <exception cref="KafkaWriteException">Some rows were refused, or not acknowledged in time.</exception>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            GC.SuppressFinalize(this);
            return new ValueTask(_disposal ??= _calls.RunAsync(() => _producer.DisposeAsync().AsTask(), CancellationToken.None));
        }
    }

    private async Task WriteInTurnAsync(WaitingRow row, CancellationToken cancellationToken)
    {
        _producer.BeginWait(row);
        try
        {
            await _calls.RunAsync(() => _producer.WriteAsync(row, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _producer.EndWait(row);
        }
    }

    private void ThrowIfDisposed()
    {
        if (_disposal is not null)
        {
            throw new ObjectDisposedException("KafkaRecordWriter", $"The writer of topic '{_producer.Topic}' is disposed: open another one.");
        }
    }

    private void Begin(ValueBuffer? part, SchemaFrame frame)
    {
        part?.Frame(frame.Prefix.Span);
        if (frame.Header is not null)
        {
            _producer.AddHeader(frame.Header);
        }
    }
}
