using System.Text.Json.Serialization;

namespace KafkaDatasets.Learning;

/// <summary>Writes and reads the header of checkpoints without reflection, which is not available in trimmed and file-based apps.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CheckpointHeader))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
