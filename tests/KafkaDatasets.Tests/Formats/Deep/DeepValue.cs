using System.Text.Json;

namespace KafkaDatasets.Tests.Formats.Deep;

/// <summary>What a column must hold for a value that is written as JSON: maps are objects, and null, or what is not there, is missing.</summary>
internal static class DeepValue
{
    /// <summary>The values of a column, a missing one as null: one of a scalar; of a vector its items.</summary>
    /// <param name="root">The value.</param>
    /// <param name="name">The column's name.</param>
    /// <param name="depth">How many lists its values lie in.</param>
    public static List<object?> Of(JsonElement root, string name, int depth)
    {
        string[] names = name.Split('.');
        var found = new List<object?>();
        if (names[^1].StartsWith("lengths", StringComparison.Ordinal))
        {
            Walk(root, names[..^1], 0, depth, list => found.Add((double)(list is { ValueKind: JsonValueKind.Array } array ? array.GetArrayLength() : 0)));
        }
        else
        {
            Walk(root, names, 0, depth, value => found.Add(Plain(value)));
        }

        return found;
    }

    /// <summary>The same of what a view holds.</summary>
    public static List<object?> Of(object held) => held is Array items ? [.. items.Cast<object>().Select(Plain)] : [Plain(held)];

    private static void Walk(JsonElement? value, ReadOnlySpan<string> names, int lists, int depth, Action<JsonElement?> found)
    {
        if (names.Length == 0 && lists == depth)
        {
            found(value);
        }
        else if (value is { ValueKind: JsonValueKind.Array } items)
        {
            foreach (JsonElement item in items.EnumerateArray())
            {
                Walk(item, names, lists + 1, depth, found);
            }
        }
        else if (value is { ValueKind: JsonValueKind.Object } record && record.TryGetProperty(names[0], out JsonElement member))
        {
            Walk(member, names[1..], lists, depth, found);
        }
        else if (lists == depth)
        {
            found(null); // else it is a list that is not there, and has no items
        }
    }

    private static object? Plain(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.Number } number => number.GetDouble(),
        { ValueKind: JsonValueKind.String } text => text.GetString() is { Length: > 0 } some ? some : null,
        { ValueKind: JsonValueKind.True } => 1.0,
        { ValueKind: JsonValueKind.False } => 0.0,
        _ => null,
    };

    private static object? Plain(object held) => held switch
    {
        string text => text.Length > 0 ? text : null,
        _ => Convert.ToDouble(held, System.Globalization.CultureInfo.InvariantCulture) is var number && double.IsNaN(number) ? null : number,
    };
}
