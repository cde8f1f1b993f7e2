using System.Text.Json;
using System.Text.Json.Serialization;
using KafkaDatasets.Diagnostics;

namespace KafkaDatasets.Monitoring.Drift;

/// <summary>A detector's kind, parameters and state, as saved in JSON.</summary>
internal sealed partial record DetectorState(string Detector, long Count, DriftLevel Level, double[] Parameters, double[] State)
{
    public string ToJson() => JsonSerializer.Serialize(this, Json.Default.DetectorState);

    public static DetectorState Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, Json.Default.DetectorState) is { Detector: not null, Parameters: not null, State: not null } state
                ? state
                : throw new FormatException("The JSON is not the state of a drift detector: it lacks the detector, its parameters or its state.");
        }
        catch (JsonException e)
        {
            throw DocumentFaults.Of("the state of a drift detector", e);
        }
    }

    // Some states contain infinities, for example a minimum before the first value.
    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, UseStringEnumConverter = true)]
    [JsonSerializable(typeof(DetectorState))]
    private sealed partial class Json : JsonSerializerContext;
}
