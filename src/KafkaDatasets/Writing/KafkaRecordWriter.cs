using Avro;
using KafkaDatasets.Writing;

namespace KafkaDatasets;

/// <summary>
/// Writes records of one .NET type to a topic as Avro. One call at a time.
/// </summary>
/// <remarks>
/// A record's fields are the public readable properties of <typeparamref name="T"/>: <c>bool</c>, the integers, <c>float</c>, <c>double</c>, <c>string</c>,
/// enumerations, their nullable forms, arrays of them and <c>byte[]</c>, under their own names or those of <c>[DataMember(Name = …)]</c>;
/// <c>[IgnoreDataMember]</c> leaves one out. With <see cref="KafkaWriterOptions.Schema"/> the schema's fields are found among them by name.
/// <typeparamref name="T"/> can also be a class generated from an Avro schema (<c>ISpecificRecord</c>), or Apache.Avro's <c>GenericRecord</c>.
/// <para>Records go to the partitions in turn, 1,024 at a time, without a key; the same records give the same partitions and the same order.</para>
/// </remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class KafkaRecordWriter<T> : IAsyncDisposable
{
    private readonly TopicProducer _producer;
    private readonly Action<AvroBuffer, T> _encode;
    private readonly AvroBuffer _buffer;

    private KafkaRecordWriter(TopicProducer producer, Action<AvroBuffer, T> encode, AvroBuffer buffer)
    {
        _producer = producer;
        _encode = encode;
        _buffer = buffer;
    }

    /// <summary>Opens a writer: registers the schema, and creates the topic if it is absent.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="options">Where and how to write.</param>
    /// <param name="cancellationToken">Ends the waits.</param>
    /// <exception cref="InvalidOptionsException">The options are not valid; names every fault.</exception>
    /// <exception cref="SchemaException">The type has no Avro schema or does not fit the one given, or the registry cannot be reached or refuses it.</exception>
    /// <exception cref="BrokerException">No broker could be reached in time, or access was refused, or the topic cannot be created.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<KafkaRecordWriter<T>> OpenAsync(string topic, KafkaWriterOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(topic);
        RecordSchema schema = RowSchema.Given(options) ?? RecordType<T>.DeriveSchema(options);
        Action<AvroBuffer, T> encode = RecordType<T>.CompileEncoder(schema);
        (TopicProducer producer, AvroBuffer buffer) = await RowSchema.OpenAsync(topic, schema, options, cancellationToken).ConfigureAwait(false);
        return new KafkaRecordWriter<T>(producer, encode, buffer);
    }

    /// <summary>Gives one record to be written; waits while the client's queue is full. That it returns does not mean that it is written: <see cref="FlushAsync"/> does.</summary>
    /// <param name="record">The record.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SchemaException">The record does not fit the schema; it is left out, and the writer goes on.</exception>
    /// <exception cref="KafkaWriteException">This record or an earlier one was refused, or nothing is acknowledged any more; the writer takes no more records.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ValueTask WriteAsync(T record, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(record);
        _buffer.Clear();
        _encode(_buffer, record);
        return _producer.WriteAsync(_buffer.Written, cancellationToken);
    }

    /// <summary>Waits until the brokers have acknowledged every record given so far.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KafkaWriteException">Some records were refused or not acknowledged in time; says how many are written and how many are not.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task FlushAsync(CancellationToken cancellationToken = default) => _producer.FlushAsync(cancellationToken);

    /// <summary>Flushes, then closes the connections. After a call that failed or was cancelled it does not flush: what is not acknowledged then is dropped.</summary>
    /// <exception cref="KafkaWriteException">As for <see cref="FlushAsync"/>.</exception>
    public ValueTask DisposeAsync() => _producer.DisposeAsync();
}
