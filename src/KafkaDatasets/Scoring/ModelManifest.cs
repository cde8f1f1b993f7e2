using System.Text.Json.Serialization;

namespace KafkaDatasets.Scoring;

/// <summary>What a model topic says about one version of a model; written after its chunks.</summary>
/// <param name="Version">The version.</param>
/// <param name="Chunks">The number of records that hold its bytes.</param>
/// <param name="Bytes">The number of bytes.</param>
/// <param name="Sha256">The SHA-256 of the bytes, in hexadecimal digits.</param>
/// <param name="Created">When it was published.</param>
internal sealed record ModelManifest(
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("chunks")] int Chunks,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("sha256")] string Sha256,
    [property: JsonPropertyName("created")] DateTimeOffset Created);
