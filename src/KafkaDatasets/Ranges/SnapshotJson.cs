using System.Text.Json.Serialization;

namespace KafkaDatasets.Ranges;

/// <summary>Writes and reads <see cref="DatasetSnapshot"/> without reflection, which trimmed programs and file-based apps do not have.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true,
    WriteIndented = true)]
[JsonSerializable(typeof(DatasetSnapshot))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
