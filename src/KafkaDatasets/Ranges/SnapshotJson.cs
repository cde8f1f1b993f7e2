using System.Text.Json.Serialization;

namespace KafkaDatasets.Ranges;

/// <summary>Writes and reads <see cref="DatasetSnapshot"/> without reflection, which is not available in trimmed and file-based apps.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true,
    WriteIndented = true)]
[JsonSerializable(typeof(DatasetSnapshot))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
