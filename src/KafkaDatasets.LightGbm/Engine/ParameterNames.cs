using System.Text.Json;

namespace KafkaDatasets.LightGbm.Engine;

/// <summary>The names of LightGBM's parameters, as the native library lists them: LightGBM itself ignores a name that it does not know.</summary>
internal static unsafe class ParameterNames
{
    private static readonly Lazy<Dictionary<string, string>> Names = new(Ask);

    /// <summary>Returns the main name of a parameter, whose other names mean the same; null if LightGBM has no such parameter.</summary>
    public static string? Find(string name) => Names.Value.GetValueOrDefault(name);

    private static Dictionary<string, string> Ask()
    {
        NativeError.ThrowIfFailed(NativeMethods.DumpParamAliases(0, out long length, null));
        byte[] json = new byte[length];
        fixed (byte* start = json)
        {
            NativeError.ThrowIfFailed(NativeMethods.DumpParamAliases(length, out _, start));
        }

        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        using JsonDocument document = JsonDocument.Parse(json.AsMemory(0, json.AsSpan().IndexOf((byte)0) is >= 0 and var end ? end : json.Length));
        foreach (JsonProperty parameter in document.RootElement.EnumerateObject())
        {
            names[parameter.Name] = parameter.Name;
            foreach (JsonElement alias in parameter.Value.EnumerateArray())
            {
                names[alias.GetString()!] = parameter.Name;
            }
        }

        return names;
    }
}
