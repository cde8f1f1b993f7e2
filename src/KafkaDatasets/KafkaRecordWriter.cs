using System.Diagnostics.CodeAnalysis;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Formats;
using KafkaDatasets.Writing;

namespace KafkaDatasets;

/// <summary>Writes records of one .NET type to a topic, in the format of <see cref="KafkaWriterOptions.Format"/>.</summary>
/// <remarks>
/// A record's fields are the public readable properties of <typeparamref name="T"/>, under their own names or those of <c>[DataMember(Name = …)]</c>;
/// <c>[IgnoreDataMember]</c> leaves one out. Supported types are <c>bool</c>, the integers, <c>float</c>, <c>double</c>, <c>decimal</c>, <c>string</c>, <c>byte[]</c>,
/// <c>Guid</c>, <c>DateOnly</c>, <c>TimeOnly</c>, <c>TimeSpan</c>, <c>DateTime</c> and <c>DateTimeOffset</c> (both as instants; a <c>DateTime</c> that is not local is
/// taken as UTC), enumerations (by name, or <c>[EnumMember(Value = …)]</c>), arrays, lists and other sequences, dictionaries with <c>string</c> keys, classes, records and
/// structures of such properties, and the nullable forms of all of these. docs/writing.md lists what each becomes in each format.
/// <para><typeparamref name="T"/> can also be a class generated from an Avro schema (<c>ISpecificRecord</c>), Apache.Avro's <c>GenericRecord</c>,
/// or a class generated from a Protobuf schema (<c>IMessage</c>), whose schema file is registered in the same way as by Confluent's serializer; the file can import only Google's well-known types.
/// For these, <see cref="KafkaWriterOptions.Key"/> is the name of a field in the schema; a <c>GenericRecord</c> cannot have a key.</para>
/// <para>Records go to the partitions in turn, 1,024 at a time, unless they have a <see cref="KafkaWriterOptions.Key"/>; writing the same records again gives the same partitions and the same order.</para>
/// <para>Members may be called from several threads, and before an earlier call has completed: rows are written in the order of the calls.</para>
/// </remarks>
/// <typeparam name="T">The type of the records.</typeparam>
/// <example>
/// <code>
/// await using var writer = await KafkaRecordWriter&lt;Payment&gt;.OpenAsync("payments", new KafkaWriterOptions
/// {
///     BootstrapServers = "localhost:9092",
///     SchemaRegistry = registry,
/// });
/// await writer.WriteAsync(new Payment(Amount: 12.5f, Items: 3, IsFraud: false));
/// await writer.FlushAsync();   // every row is acknowledged
/// </code>
/// </example>
public sealed class KafkaRecordWriter<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.Interfaces)] T> : IAsyncDisposable
{
    private readonly RowTarget _target;
    private readonly RecordEncoder<T> _encoder;

    private KafkaRecordWriter(RowTarget target, RecordEncoder<T> encoder)
    {
        _target = target;
        _encoder = encoder;
    }

    /// <summary>Opens a writer: registers the schemas, and creates the topic if it is absent.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="options">The cluster, and how records are written.</param>
    /// <param name="cancellationToken">Cancels opening.</param>
    /// <returns>The open writer; dispose it.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    /// <exception cref="SchemaException">The type cannot be written in the format or does not fit the given schema, or the registry cannot be reached or refuses the schema.</exception>
    /// <exception cref="BrokerException">No broker could be reached within <see cref="KafkaWriterOptions.Timeout"/>, access was denied, or the topic cannot be created.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<KafkaRecordWriter<T>> OpenAsync(string topic, KafkaWriterOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        using InvariantCulture culture = InvariantCulture.Use();
        options.Validate(topic);
        var encoder = RecordEncoder<T>.Of(options);
        return new KafkaRecordWriter<T>(await RowTarget.OpenAsync(topic, encoder.Value.Schema, encoder.Key?.Schema, options, cancellationToken).ConfigureAwait(false), encoder);
    }

    /// <summary>Queues one record for sending, and waits while the client's queue is full. Only <see cref="FlushAsync"/> waits for acknowledgements.</summary>
    /// <param name="record">The record; it is encoded before the call returns, so it may be changed and reused afterwards.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that completes when the record is queued.</returns>
    /// <exception cref="SchemaException">The record does not fit the schema; it is not written, and the writer stays usable.</exception>
    /// <exception cref="KafkaWriteException">This record or an earlier one was refused, or nothing was acknowledged within <see cref="KafkaWriterOptions.Timeout"/>; the writer takes no more records.</exception>
    /// <exception cref="ObjectDisposedException">The writer is disposed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask WriteAsync(T record, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(record);
        return _target.WriteAsync(record, _encoder.Value.Write, _encoder.Key?.Write, cancellationToken);
    }

    /// <summary>Waits until the brokers have acknowledged every record of the calls made before this one.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that completes when the records are acknowledged.</returns>
    /// <exception cref="KafkaWriteException">Some records were refused or not acknowledged in time; the exception gives the number of rows that were and were not written.</exception>
    /// <exception cref="ObjectDisposedException">The writer is disposed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task FlushAsync(CancellationToken cancellationToken = default) => _target.FlushAsync(cancellationToken);

    /// <summary>Flushes, then closes the connections. If an earlier call failed or was cancelled, it does not flush, and records that are not yet acknowledged are dropped.</summary>
    /// <returns>A task that completes when the writer is closed; a second call waits for the first.</returns>
    /// <exception cref="KafkaWriteException">As for <see cref="FlushAsync"/>.</exception>
    public ValueTask DisposeAsync() => _target.DisposeAsync();
}
