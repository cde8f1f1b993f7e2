namespace KafkaDatasets;

/// <summary>What a <see cref="RecordFraming"/> finds in a key or value: the id of the schema that it was written with, and the bytes that the schema describes.</summary>
public readonly ref struct RecordFrame
{
    /// <summary>Makes a frame.</summary>
    /// <param name="schema">The id of the schema.</param>
    /// <param name="payload">The bytes without the frame, decompressed. They are read before the same thread asks for the next frame.</param>
    public RecordFrame(WriterSchemaId schema, ReadOnlySpan<byte> payload)
    {
        Schema = schema;
        Payload = payload;
    }

    /// <summary>The frame of a schema id in a header, where the name or index of a Protobuf message stands too.</summary>
    internal RecordFrame(WriterSchemaId schema, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> message)
        : this(schema, payload)
    {
        IsInHeader = true;
        Message = message;
    }

    /// <summary>The id of the schema that the payload was written with.</summary>
    public WriterSchemaId Schema { get; }

    /// <summary>The bytes without the frame.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    internal bool IsInHeader { get; }

    internal ReadOnlySpan<byte> Message { get; }
}
