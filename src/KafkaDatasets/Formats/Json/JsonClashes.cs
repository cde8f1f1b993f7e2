namespace KafkaDatasets.Formats.Json;

/// <summary>Settles which member a column holds when a schema has both a member with a dot in its name and a path of the same name: as for declared columns, the whole name goes first.</summary>
/// <param name="names">The names that several members have.</param>
internal sealed class JsonClashes(IReadOnlySet<string> names)
{
    private readonly Dictionary<string, JsonField> _first = [];

    /// <summary>Returns the description with the precedence of such members.</summary>
    /// <param name="root">The whole text.</param>
    /// <param name="refused">The name of members that are not of the same scalar type, or are in lists or choices, so that they cannot share a column; otherwise null.</param>
    public JsonField Settle(JsonField root, out string? refused)
    {
        refused = null;
        return names.Count == 0 ? root : Settle(root, 0, ref refused);
    }

    /// <param name="field">The value.</param>
    /// <param name="objects">The number of objects around it; negative within a list or a choice.</param>
    /// <param name="refused">The name that is refused.</param>
    private JsonField Settle(JsonField field, int objects, ref string? refused)
    {
        if (names.Contains(field.Path))
        {
            bool isFirst = _first.TryAdd(field.Path, field);
            if (field.Kind != JsonKind.Scalar || objects < 0 || (!isFirst && !AreAlike(_first[field.Path], field)))
            {
                refused ??= field.Path;
            }

            return field with { Rank = objects, IsRequired = false };
        }

        var members = new List<JsonField>();
        foreach (JsonField member in field.Members)
        {
            members.Add(Settle(member, field.Kind == JsonKind.Object && objects >= 0 ? objects + 1 : -1, ref refused));
        }

        return field with { Members = members };
    }

    private static bool AreAlike(JsonField one, JsonField other) =>
        (one.Type, one.Form, one.Unit, one.DecimalScale) == (other.Type, other.Form, other.Unit, other.DecimalScale)
        && (one.Symbols ?? []).SequenceEqual(other.Symbols ?? []);
}
