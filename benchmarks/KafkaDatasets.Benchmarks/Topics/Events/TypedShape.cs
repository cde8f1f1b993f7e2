using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Avro.Generic;
using Confluent.Kafka.SyncOverAsync;
using Confluent.SchemaRegistry.Serdes;
using Google.Protobuf;
using KafkaDatasets.Benchmarks.Contenders;

namespace KafkaDatasets.Benchmarks.Topics.Events;

/// <summary>Events of one kind, with the classes that other libraries read them into.</summary>
/// <typeparam name="T">The class for JSON.</typeparam>
/// <typeparam name="TMessage">The class that Protobuf's compiler generated.</typeparam>
internal class TypedShape<T, TMessage> : EventShape
    where T : class
    where TMessage : class, IMessage<TMessage>, new()
{
    private const int IdBytes = 5;
    private static readonly MessageParser<TMessage> Parser = new(() => new TMessage());

    public required Func<int, T> Create { get; init; }

    public required JsonTypeInfo<T> TypeInfo { get; init; }

    public required Func<T, double> FirstOf { get; init; }

    public required Func<TMessage, double> FirstOfMessage { get; init; }

    /// <summary>The texts that a cursor reads.</summary>
    public Func<T, IEnumerable<string?>> TextsOf { get; init; } = _ => [];

    protected override string ProtoFile => new TMessage().Descriptor.File.Name;

    public override double First(int row) => FirstOf(Create(row));

    public override int TextLength(int row) => TextsOf(Create(row)).Sum(t => t?.Length ?? 0);

    public override byte[] Json(int row) => JsonSerializer.SerializeToUtf8Bytes(Create(row), TypeInfo);

    public override IContender OpenPeer(ContenderTask task) => task.Contender switch
    {
        "avro-generic" => new ConsumerReader<GenericRecord>(task, r => new AvroDeserializer<GenericRecord>(r).AsSyncOverAsync(), FirstOfRecord),
        "protobuf-generated" => new ConsumerReader<TMessage>(task, _ => new SpanDeserializer<TMessage>(static value => Parser.ParseFrom(value[(IdBytes + 1)..])), FirstOfMessage),
        "json-deserializer" => new ConsumerReader<T>(task, _ => new JsonDeserializer<T>().AsSyncOverAsync(), FirstOf),
        "json-generated" => new ConsumerReader<T>(task, _ => new SpanDeserializer<T>(value => JsonSerializer.Deserialize(value[IdBytes..], TypeInfo)!), FirstOf),
        _ => throw new System.Diagnostics.UnreachableException(task.Contender),
    };

    protected override IMessage ToMessage(string json) => JsonParser.Default.Parse<TMessage>(json);

    private double FirstOfRecord(GenericRecord record)
    {
        object? value = record.GetValue(record.Schema.Fields.FindIndex(f => f.Name == (Features.Count > 0 ? Features[0] : Columns[0])));
        return value is string text ? text.Length : Convert.ToDouble(value ?? 0);
    }
}
