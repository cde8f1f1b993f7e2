using System.Buffers.Binary;
using System.Reflection;
using System.Text;
using Avro.Generic;
using Avro.IO;
using Confluent.SchemaRegistry;
using Google.Protobuf;
using KafkaDatasets.Benchmarks.Contenders;

namespace KafkaDatasets.Benchmarks.Topics.Events;

/// <summary>Events of one kind, in every format: JSON by System.Text.Json, and from that text Protobuf by Google.Protobuf and Avro by Apache.Avro.</summary>
internal abstract class EventShape
{
    /// <summary>The magic byte, and the schema's id.</summary>
    private const int IdBytes = 5;

    private Avro.RecordSchema? _avro;

    public required string Name { get; init; }

    public required string Description { get; init; }

    public required string AvroSchema { get; init; }

    public required string JsonSchema { get; init; }

    /// <summary>The label's field; null: there is none.</summary>
    public string? Label { get; init; }

    /// <summary>The features; empty: there are none, and so no tensors.</summary>
    public required IReadOnlyList<string> Features { get; init; }

    /// <summary>What a cursor reads besides label and features.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>Whether a class for Avro, as its code generator makes one, is at hand.</summary>
    public virtual bool HasGeneratedAvro => false;

    protected abstract string ProtoFile { get; }

    /// <summary>What is added up of a row: the first feature, or the length of the first text.</summary>
    public abstract double First(int row);

    /// <summary>The characters of the columns that are texts.</summary>
    public abstract int TextLength(int row);

    public abstract byte[] Json(int row);

    public byte[] Protobuf(int row) => ToMessage(Encoding.UTF8.GetString(Json(row))).ToByteArray();

    public byte[] Avro(int row)
    {
        _avro ??= (Avro.RecordSchema)global::Avro.Schema.Parse(AvroSchema);
        using var stream = new MemoryStream();
        new GenericDatumWriter<GenericRecord>(_avro).Write(AvroRecords.Of(Json(row), _avro), new BinaryEncoder(stream));
        return stream.ToArray();
    }

    public byte[] Value(EventFormat format, int row) => format switch
    {
        EventFormat.Avro => Avro(row),
        EventFormat.Protobuf => Protobuf(row),
        EventFormat.Json => Json(row),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>A value as Confluent's serializer writes it.</summary>
    public byte[] FramedValue(EventFormat format, int schemaId, int row)
    {
        byte[] frame = new byte[format == EventFormat.Protobuf ? IdBytes + 1 : IdBytes]; // Protobuf: then the message's index, 0
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), schemaId);
        return [.. frame, .. Value(format, row)];
    }

    public Schema SchemaOf(EventFormat format) => format switch
    {
        EventFormat.Avro => new Schema(AvroSchema, SchemaType.Avro),
        EventFormat.Protobuf => new Schema(ReadProto(), SchemaType.Protobuf),
        EventFormat.Json => new Schema(JsonSchema, SchemaType.Json),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Opens another library's reader of the events.</summary>
    public abstract IContender OpenPeer(ContenderTask task);

    protected abstract IMessage ToMessage(string json);

    private string ReadProto()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(ProtoFile) ?? throw new InvalidOperationException($"There is no resource {ProtoFile}.");
        return new StreamReader(stream).ReadToEnd();
    }
}
