using KafkaDatasets.Schemas;

namespace KafkaDatasets;

/// <summary>
/// How records identify the schema that their keys and values were written with: where the schema's id is, and where the payload starts.
/// Choose a built-in one, or derive from this class for a custom frame; use it with <see cref="RecordFormat.FramedBy"/> or <see cref="RecordFormat.Resolver"/>.
/// </summary>
/// <remarks>An instance is used by several threads concurrently, once for each record: <see cref="Read"/> must be thread-safe and should not allocate.</remarks>
public abstract class RecordFraming
{
    /// <summary>
    /// The frame of Confluent's serializers, which Redpanda, Karapace and Apicurio's 4-byte ids share: magic byte 0 and a 4-byte big-endian schema id before the payload,
    /// or the schema's GUID in the header <c>__value_schema_id</c> (<c>__key_schema_id</c> for keys). Protobuf messages are preceded by their index in the schema.
    /// </summary>
    public static RecordFraming Confluent { get; } = new ConfluentFraming();

    /// <summary>
    /// The 18-byte header of AWS Glue's serializers: the version byte 3, the compression byte (0: none, 5: zlib), and the 16-byte id of the schema version. Payloads are decompressed.
    /// Protobuf messages are preceded by their index among the schema's messages, sorted by full name.
    /// </summary>
    public static RecordFraming Glue { get; } = new GlueFraming();

    /// <summary>
    /// The frames of Apicurio's serializers, with content ids (the default of version 3): the header <c>apicurio.value.contentId</c> or <c>apicurio.value.globalId</c>
    /// (<c>apicurio.key.…</c> for keys), or magic byte 0 and an id of 8 or 4 bytes before the payload. The id is read as 8 bytes if the first four are zero.
    /// Protobuf messages are preceded by their name, or carry it in a header.
    /// </summary>
    public static RecordFraming Apicurio { get; } = new ApicurioFraming(SchemaIdKind.ContentId);

    /// <summary>The frames of <see cref="Apicurio"/>, except that ids before the payload are global ids (the default of version 2, and <c>apicurio.registry.use-id=globalId</c>).</summary>
    public static RecordFraming ApicurioGlobalId { get; } = new ApicurioFraming(SchemaIdKind.GlobalId);

    /// <summary>The name of the framing in a saved model; null for custom framings, which cannot be saved.</summary>
    internal string? Name =>
        this == Confluent ? nameof(Confluent)
        : this == Glue ? nameof(Glue)
        : this == Apicurio ? nameof(Apicurio)
        : this == ApicurioGlobalId ? nameof(ApicurioGlobalId)
        : null;

    /// <summary>How the payload identifies its message within a Protobuf schema.</summary>
    internal virtual ProtobufMarking Marking => ProtobufMarking.None;

    /// <exception cref="FormatException">No framing has that name.</exception>
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
    /// <exception cref="FormatException">The frame is missing or invalid, which makes the record a bad record. The message says what was found instead, without a full stop at its end.</exception>
    public abstract RecordFrame Read(FramedBytes record);
}
