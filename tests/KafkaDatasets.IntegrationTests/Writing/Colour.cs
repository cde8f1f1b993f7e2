using Newtonsoft.Json;
using Newtonsoft.Json.Converters;

namespace KafkaDatasets.IntegrationTests.Writing;

/// <summary>Newtonsoft.Json, which Confluent's deserializer uses, takes enumerations for numbers unless it is told.</summary>
[JsonConverter(typeof(StringEnumConverter))]
public enum Colour
{
    Red,
    Green,
    Blue,
}
