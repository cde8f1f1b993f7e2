using System.Text.Json.Serialization;

namespace KafkaDatasets.Benchmarks.Topics.Events;

/// <summary>System.Text.Json's code for the events, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Payment))]
[JsonSerializable(typeof(Measurements))]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(Post))]
internal sealed partial class EventJson : JsonSerializerContext;
