namespace KafkaDatasets;

/// <summary>The result of a <see cref="RecordFraming"/>: the id of the schema that a key or value was written with, and the payload.</summary>
public readonly ref struct RecordFrame
{
    /// <summary>Creates a frame.</summary>
    /// <param name="schema">The id of the schema.</param>
    /// <param name="payload">The bytes without the frame, decompressed. They must stay valid until the same thread reads the next frame.</param>
    public RecordFrame(WriterSchemaId schema, ReadOnlySpan<byte> payload)
    {
        Schema = schema;
        Payload = payload;
    }

    /// <summary>Creates a frame from a schema id in a header that also contains the name or index of a Protobuf message.</summary>
    internal RecordFrame(WriterSchemaId schema, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> message)
        : this(schema, payload)
    {
        IsInHeader = true;
        Message = message;
    }

    /// <summary>The id of the schema that the payload was written with.</summary>
    public WriterSchemaId Schema { get; }

    /// <summary>The bytes that the schema describes, without the frame.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    internal bool IsInHeader { get; }

    internal ReadOnlySpan<byte> Message { get; }
}
