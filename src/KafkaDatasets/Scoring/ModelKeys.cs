using System.Globalization;

namespace KafkaDatasets.Scoring;

/// <summary>The keys of a model topic's records: <c>NAME/VERSION</c> for a manifest, <c>NAME/VERSION/00000</c> for a chunk.</summary>
internal static class ModelKeys
{
    public static string Manifest(string name, string version) => $"{name}/{version}";

    public static string Chunk(string name, string version, int chunk) => string.Create(CultureInfo.InvariantCulture, $"{name}/{version}/{chunk:00000}");

    /// <summary>The version and the number of the chunk (null for a manifest) of a record of the model.</summary>
    public static bool TryParse(string key, string name, out string version, out int? chunk)
    {
        string[] parts = key.Split('/');
        chunk = parts.Length == 3 && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
        version = parts.Length > 1 ? parts[1] : "";
        return parts[0] == name && (parts.Length == 2 || chunk is not null);
    }
}
