using System.Text.Json;

namespace KafkaDatasets.Testing.Golden;

/// <summary>One message that Confluent's own serializers wrote, with the schema it was written by and the values it holds.</summary>
internal sealed record GoldenVector
{
    public required string Name { get; init; }

    /// <summary><c>avro</c>, <c>json</c> or <c>protobuf</c>.</summary>
    public required string Format { get; init; }

    /// <summary><c>prefix</c>: magic byte and schema id before the payload; <c>header</c>: the schema's GUID in a record header.</summary>
    public required string Framing { get; init; }

    public required string Topic { get; init; }

    public required string SchemaType { get; init; }

    public required int SchemaId { get; init; }

    public required Guid SchemaGuid { get; init; }

    public required string Schema { get; init; }

    public required IReadOnlyList<GoldenReference> References { get; init; }

    public required IReadOnlyDictionary<string, byte[]> Headers { get; init; }

    public required byte[] Value { get; init; }

    public required JsonElement Expected { get; init; }

    /// <summary>The value without its framing.</summary>
    public ReadOnlyMemory<byte> Payload => Framing == "prefix" ? Value.AsMemory(5) : Value;
}
