using KafkaDatasets.Diagnostics;
using KafkaDatasets.Formats;
using KafkaDatasets.Writing;

namespace KafkaDatasets;

/// <summary>
/// Writes records of one .NET type to a topic, in the format of <see cref="KafkaWriterOptions.Format"/>. One call at a time.
/// </summary>
/// <remarks>
/// A record's fields are the public readable properties of <typeparamref name="T"/>, under their own names or those of <c>[DataMember(Name = …)]</c>;
/// <c>[IgnoreDataMember]</c> leaves one out. They are of: <c>bool</c>, the integers, <c>float</c>, <c>double</c>, <c>decimal</c>, <c>string</c>, <c>byte[]</c>,
/// <c>Guid</c>, <c>DateOnly</c>, <c>TimeOnly</c>, <c>TimeSpan</c>, <c>DateTime</c> and <c>DateTimeOffset</c> (both instants; a <c>DateTime</c> that is not local is
/// taken for UTC), enumerations (by name, or <c>[EnumMember(Value = …)]</c>), arrays, lists and other sequences, dictionaries by <c>string</c>, classes, records and
/// structures of such properties, and the nullable forms of all of these. docs/writing.md has what each becomes in each format.
/// <para><typeparamref name="T"/> can also be a class generated from an Avro schema (<c>ISpecificRecord</c>), or Apache.Avro's <c>GenericRecord</c>,
/// or a class generated from a Protobuf schema (<c>IMessage</c>), whose file is registered as its serializer in Confluent's library does it; imports, but for Google's own, it cannot have then. Its <see cref="KafkaWriterOptions.Key"/> is a field by its name in the schema; a <c>GenericRecord</c> cannot have one.</para>
/// <para>Records go to the partitions in turn, 1,024 at a time, unless they have a <see cref="KafkaWriterOptions.Key"/>; the same records give the same partitions and the same order.</para>
/// </remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class KafkaRecordWriter<T> : IAsyncDisposable
{
    private readonly RowTarget _target;
    private readonly RecordEncoder<T> _encoder;

    private KafkaRecordWriter(RowTarget target, RecordEncoder<T> encoder)
    {
        _target = target;
        _encoder = encoder;
    }

    /// <summary>Opens a writer: registers the schemas, and creates the topic if it is absent.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="options">Where and how to write.</param>
    /// <param name="cancellationToken">Ends the waits.</param>
    /// <exception cref="InvalidOptionsException">The options are not valid; names every fault.</exception>
    /// <exception cref="SchemaException">The type cannot be written in that format or does not fit the one given, or the registry cannot be reached or refuses it.</exception>
    /// <exception cref="BrokerException">No broker could be reached in time, or access was refused, or the topic cannot be created.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<KafkaRecordWriter<T>> OpenAsync(string topic, KafkaWriterOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        using InvariantCulture culture = InvariantCulture.Use();
        options.Validate(topic);
        var encoder = RecordEncoder<T>.Of(options);
        return new KafkaRecordWriter<T>(await RowTarget.OpenAsync(topic, encoder.Value.Schema, encoder.Key?.Schema, options, cancellationToken).ConfigureAwait(false), encoder);
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
        _target.Clear();
        _encoder.Value.Write(_target.Value, record);
        _encoder.Key?.Write(_target.Key!, record);
        return _target.WriteAsync(cancellationToken);
    }

    /// <summary>Waits until the brokers have acknowledged every record given so far.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KafkaWriteException">Some records were refused or not acknowledged in time; says how many are written and how many are not.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task FlushAsync(CancellationToken cancellationToken = default) => _target.FlushAsync(cancellationToken);

    /// <summary>Flushes, then closes the connections. After a call that failed or was cancelled it does not flush: what is not acknowledged then is dropped.</summary>
    /// <exception cref="KafkaWriteException">As for <see cref="FlushAsync"/>.</exception>
    public ValueTask DisposeAsync() => _target.DisposeAsync();
}
