namespace KafkaDatasets.Formats;

/// <summary>A <see cref="RecordFrame"/> that outlives the record's memory.</summary>
/// <param name="Schema">The id of the schema.</param>
/// <param name="IsInHeader">Whether the frame is in a header.</param>
/// <param name="Message">The Protobuf message information in the header.</param>
/// <param name="Payload">The bytes without the frame.</param>
internal sealed record CopiedFrame(WriterSchemaId Schema, bool IsInHeader, byte[] Message, byte[] Payload);
