using System.Buffers.Binary;

namespace KafkaDatasets.Writing;

/// <summary>A topic that is open for rows: the producer, and the buffers that a row's value and key are encoded into.</summary>
internal sealed class RowTarget : IAsyncDisposable
{
    private readonly TopicProducer _producer;

    private RowTarget(TopicProducer producer, ValueBuffer? key)
    {
        _producer = producer;
        Key = key;
    }

    public ValueBuffer Value { get; } = new();

    /// <summary>Null where records have no keys.</summary>
    public ValueBuffer? Key { get; }

    /// <summary>Registers the schema, and connects.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="afterId">What stands between the schema's id and the value.</param>
    /// <param name="options">The options.</param>
    /// <param name="cancellationToken">Ends the waits.</param>
    /// <exception cref="SchemaException">The registry cannot be reached or refuses the schema.</exception>
    /// <exception cref="BrokerException">No broker could be reached in time, or access was refused, or the topic cannot be created.</exception>
    public static async Task<RowTarget> OpenAsync(string topic, WrittenSchema schema, ReadOnlyMemory<byte> afterId, KafkaWriterOptions options, CancellationToken cancellationToken)
    {
        (int Id, Guid? Guid)? written = options.IsRegistered ? await SchemaRegistration.RegisterAsync(topic, schema, options, cancellationToken).ConfigureAwait(false) : null;
        var target = new RowTarget(await TopicProducer.OpenAsync(topic, options, cancellationToken).ConfigureAwait(false), options.Key is null ? null : new ValueBuffer());
        if (written is { Guid: { } guid })
        {
            target._producer.AddHeader("__value_schema_id", [1, .. guid.ToByteArray(bigEndian: true), .. afterId.Span]);
        }
        else if (written is { Id: var id })
        {
            byte[] frame = [0, 0, 0, 0, 0, .. afterId.Span];
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), id);
            target.Value.Frame(frame);
        }

        return target;
    }

    /// <summary>Begins the next row.</summary>
    public void Clear()
    {
        Value.Clear();
        Key?.Clear();
    }

    /// <summary>Gives the row to the producer.</summary>
    public ValueTask WriteAsync(CancellationToken cancellationToken) => _producer.WriteAsync(Value, Key, cancellationToken);

    /// <inheritdoc cref="TopicProducer.FlushAsync"/>
    public Task FlushAsync(CancellationToken cancellationToken) => _producer.FlushAsync(cancellationToken);

    /// <inheritdoc cref="TopicProducer.Abandon"/>
    public void Abandon() => _producer.Abandon();

    /// <inheritdoc cref="TopicProducer.DisposeAsync"/>
    public ValueTask DisposeAsync() => _producer.DisposeAsync();
}
