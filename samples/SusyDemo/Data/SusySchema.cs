using System.Text.Json.Nodes;

namespace SusyDemo.Data;

/// <summary>The Avro schema of the events in a topic: the demo's <c>SUSYRecord</c>, or as many of its fields as the data have.</summary>
internal static class SusySchema
{
    public const string Name = "SUSYRecord";

    /// <summary>The demo's namespace as Avro allows it: its own, <c>10x_storage_machine_learning</c>, begins with a digit.</summary>
    public const string Namespace = "x10x_storage_machine_learning";

    /// <summary>What the label's documentation says of made events; <see cref="IsSynthetic"/> finds it again.</summary>
    private const string Synthetic = "synthetic events";

    /// <summary>The schema as JSON.</summary>
    /// <param name="fields">The fields, a subset of <see cref="SusyFields.All"/> in its order.</param>
    /// <param name="synthetic">Whether the events are made and not measured or simulated by experts; it is said in the label's documentation.</param>
    public static string ToJson(IReadOnlyList<string> fields, bool synthetic)
    {
        var array = new JsonArray();
        foreach (string field in fields)
        {
            var json = new JsonObject { ["name"] = field, ["type"] = "float" };
            if (field == SusyFields.Label && synthetic)
            {
                json["doc"] = $"1: signal, 0: background; {Synthetic}";
            }

            array.Add(json);
        }

        return new JsonObject { ["type"] = "record", ["name"] = Name, ["namespace"] = Namespace, ["fields"] = array }.ToJsonString();
    }

    /// <summary>Whether a label's documentation says that the events are synthetic.</summary>
    public static bool IsSynthetic(string? labelDescription) => labelDescription?.Contains(Synthetic, StringComparison.Ordinal) == true;
}
