using System.Text.Json;
using System.Text.Json.Serialization;
using KafkaDatasets.Diagnostics;

namespace KafkaDatasets.Monitoring.Profiles;

/// <summary>A profile as stored in JSON.</summary>
internal sealed partial record ProfileDocument(int Format, long Rows, JsonElement[] Snapshots, ProfileDocument.Column[] Columns)
{
    public const int CurrentFormat = 1;

    public string ToJson() => JsonSerializer.Serialize(this, ProfileJson.Default.ProfileDocument);

    public static ProfileDocument Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ProfileJson.Default.ProfileDocument) is { Snapshots: not null, Columns: not null } document
                ? document.Format == CurrentFormat ? document : throw new FormatException(FormattableString.Invariant($"The reference profile has format {document.Format}, and this version of the library reads format {CurrentFormat}."))
                : throw new FormatException("The JSON is not a reference profile: it lacks the snapshots or the columns.");
        }
        catch (JsonException e)
        {
            throw DocumentFaults.Of("a reference profile", e);
        }
    }

    /// <summary>A column: numbers with moments and the bytes of the sketch, or categories with their counts.</summary>
    internal sealed record Column(string Name, ColumnType Type, long Missing)
    {
        public long? Infinite { get; init; }

        public double? Mean { get; init; }

        public double? Deviations { get; init; }

        public byte[]? Sketch { get; init; }

        public long? Count { get; init; }

        public long? Error { get; init; }

        public SortedDictionary<string, long>? Categories { get; init; }
    }

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectRequiredConstructorParameters = true,
        UseStringEnumConverter = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // the deviations of numbers beyond 1e154 are infinite
        WriteIndented = true)]
    [JsonSerializable(typeof(ProfileDocument))]
    private sealed partial class ProfileJson : JsonSerializerContext;
}
