using Confluent.Kafka;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Shapes;

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

    /// <summary>Registers the schemas, and connects.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="value">The schema of values, if they have one.</param>
    /// <param name="key">The schema of keys, if they have one.</param>
    /// <param name="options">The options.</param>
    /// <param name="cancellationToken">Ends the waits.</param>
    /// <exception cref="SchemaException">The registry cannot be reached or refuses a schema.</exception>
    /// <exception cref="BrokerException">No broker could be reached in time, or access was refused, or the topic cannot be created.</exception>
    public static async Task<RowTarget> OpenAsync(string topic, WrittenSchema? value, WrittenSchema? key, KafkaWriterOptions options, CancellationToken cancellationToken)
    {
        SchemaFrame valueFrame = await SchemaFrame.RegisterAsync(topic, MessageComponentType.Value, value, options, cancellationToken).ConfigureAwait(false);
        SchemaFrame keyFrame = await SchemaFrame.RegisterAsync(topic, MessageComponentType.Key, key, options, cancellationToken).ConfigureAwait(false);
        var target = new RowTarget(await TopicProducer.OpenAsync(topic, options, cancellationToken).ConfigureAwait(false), options.Key is null ? null : new ValueBuffer());
        target.Begin(target.Value, valueFrame);
        target.Begin(target.Key, keyFrame);
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

    private void Begin(ValueBuffer? part, SchemaFrame frame)
    {
        part?.Frame(frame.Prefix.Span);
        if (frame.Header is not null)
        {
            _producer.AddHeader(frame.Header);
        }
    }
}
