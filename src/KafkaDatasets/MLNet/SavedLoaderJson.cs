using System.Text.Json.Serialization;

namespace KafkaDatasets.MLNet;

/// <summary>Writes and reads <see cref="SavedLoader"/> without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(SavedLoader))]
internal sealed partial class SavedLoaderJson : JsonSerializerContext;
