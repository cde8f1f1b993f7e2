using KafkaDatasets.Schemas;

namespace KafkaDatasets;

/// <summary>
/// How records say which schema their keys and values were written with: where the schema's id is, and where the payload starts.
/// Choose a built-in one, or derive from this class for a frame of your own; use it with <see cref="RecordFormat.FramedBy"/> or <see cref="RecordFormat.Resolver"/>.
/// </summary>
/// <remarks>An instance is used by several threads at the same time, once for each record: <see cref="Read"/> must be thread-safe and should not allocate.</remarks>
public abstract class RecordFraming
{
    /// <summary>
    /// The frame of Confluent's serializers, which Redpanda, Karapace and Apicurio's 4-byte ids share: magic byte 0 and a 4-byte big-endian schema id before the payload,
    /// or the schema's GUID in the header <c>__value_schema_id</c> (of a key <c>__key_schema_id</c>). Protobuf messages are preceded by their index in the schema.
    /// </summary>
    public static RecordFraming Confluent { get; } = new ConfluentFraming();

    /// <summary>
    /// The 18-byte header of AWS Glue's serializers: byte 3, compression (0: none, 5: zlib), and the 16-byte id of the schema version. Payloads are decompressed.
    /// Protobuf messages are preceded by their index among the schema's messages, sorted by full name.
    /// </summary>
    public static RecordFraming Glue { get; } = new GlueFraming();

    /// <summary>
    /// The frames of Apicurio's serializers, with content ids (the default of version 3): the header <c>apicurio.value.contentId</c> or <c>apicurio.value.globalId</c>
    /// (of a key <c>apicurio.key.…</c>), or magic byte 0 and an id of 8 or 4 bytes before the payload. Of ids before the payload, 8 bytes are taken where the first four are zero.
    /// Protobuf messages are preceded by their name, or have it in a header.
    /// </summary>
    public static RecordFraming Apicurio { get; } = new ApicurioFraming(SchemaIdKind.ContentId);

    /// <summary>The same as <see cref="Apicurio"/>, where ids before the payload are global ids (the default of version 2, and <c>apicurio.registry.use-id=globalId</c>).</summary>
    public static RecordFraming ApicurioGlobalId { get; } = new ApicurioFraming(SchemaIdKind.GlobalId);

    /// <summary>What a saved model calls it; null: it is the caller's code, which cannot be saved.</summary>
    internal string? Name =>
        this == Confluent ? nameof(Confluent)
        : this == Glue ? nameof(Glue)
        : this == Apicurio ? nameof(Apicurio)
        : this == ApicurioGlobalId ? nameof(ApicurioGlobalId)
        : null;

    /// <summary>How the payload says which message of a Protobuf schema it is.</summary>
    internal virtual ProtobufMarking Marking => ProtobufMarking.None;

    /// <exception cref="FormatException">There is no framing of that name.</exception>
    internal static RecordFraming Of(string name) => name switch
    {
        nameof(Confluent) => Confluent,
        nameof(Glue) => Glue,
        nameof(Apicurio) => Apicurio,
        nameof(ApicurioGlobalId) => ApicurioGlobalId,
        _ => throw new FormatException($"The framing '{name}' is unknown."),
    };

    /// <summary>Reads the frame of one key or value.</summary>
    /// <param name="record">The key or value, with the record's headers.</param>
    /// <returns>The id of the schema, and the payload.</returns>
    /// <exception cref="FormatException">There is no such frame; the message says what stands there instead, without a full stop. The record is then a bad record.</exception>
    public abstract RecordFrame Read(FramedBytes record);
}
