using System.Text.Json.Serialization;

namespace KafkaDatasets.Scoring;

/// <summary>Reads and writes manifests without reflection.</summary>
[JsonSerializable(typeof(ModelManifest))]
internal sealed partial class ModelManifestJson : JsonSerializerContext;
