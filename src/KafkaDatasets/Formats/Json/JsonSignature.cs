using System.Text.Json;

namespace KafkaDatasets.Formats.Json;

/// <summary>What distinguishes the values of one type of a choice: the kind of value and, for objects, the members.</summary>
/// <param name="Kinds">The kinds of values that the type has.</param>
internal sealed record JsonSignature(JsonTokens Kinds)
{
    /// <summary>The score of a member of the expected kind; a possible substitute (null, a text that is a number) scores less, and another kind scores negative.</summary>
    private const int Match = 2;
    private const int Similar = 1;
    private const int Mismatch = -3;

    /// <summary>The signature of the only possible type.</summary>
    public static JsonSignature Only { get; } = new(JsonTokens.All) { IsOnly = true };

    /// <summary>The signature of types that are ruled out.</summary>
    public static JsonSignature None { get; } = new(JsonTokens.None);

    private bool IsOnly { get; init; }

    /// <summary>Object: the allowed kinds of values of each member.</summary>
    public IReadOnlyDictionary<string, JsonTokens> Members { get; init; } = new Dictionary<string, JsonTokens>();

    /// <summary>Object: the allowed texts of a member (<c>const</c>, <c>enum</c>).</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Constants { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Object: the required members.</summary>
    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>Object: whether no other members are allowed.</summary>
    public bool IsClosed { get; init; }

    /// <summary>Scores how well a value fits: null when it cannot be of this type, otherwise higher is better; 0 for an object that has members but no matching ones.</summary>
    /// <param name="reader">The reader, positioned at the value; passed by value, since it is read to the end.</param>
    /// <param name="words">The positions of strings that stand for numbers: NaN and infinity, which had no quotes until <see cref="JsonWords"/> added them. Null when there are none.</param>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public int? Fit(Utf8JsonReader reader, HashSet<long>? words)
    {
        JsonTokens kind = KindOf(ref reader, words);
        if ((Kinds & kind) == 0)
        {
            return null;
        }

        if (IsOnly || kind != JsonTokens.Object || !Kinds.HasFlag(JsonTokens.Object))
        {
            return Match;
        }

        int fit = 0;
        bool isEmpty = true;
        var missing = new HashSet<string>(Required);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            isEmpty = false;
            string name = TextOf(ref reader);
            missing.Remove(name);
            reader.Read();
            if (Members.TryGetValue(name, out JsonTokens expected))
            {
                JsonTokens found = KindOf(ref reader, words);
                fit += Fit(expected, found);
                if (found == JsonTokens.String && Constants.TryGetValue(name, out IReadOnlyList<string>? values) && !values.Contains(TextOf(ref reader)))
                {
                    return null;
                }
            }
            else if (IsClosed)
            {
                return null;
            }

            reader.Skip();
        }

        return missing.Count > 0 ? null : isEmpty ? Match : Math.Max(fit, 0);
    }

    /// <summary>Returns a name or a text; empty for one that is not valid text, which no schema has.</summary>
    private static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }

    private static int Fit(JsonTokens expected, JsonTokens found) =>
        (expected & found) != 0 ? Match
        : found == JsonTokens.Null || (found == JsonTokens.String && (expected & (JsonTokens.Number | JsonTokens.Boolean)) != 0) ? Similar
        : Mismatch;

    private static JsonTokens KindOf(ref Utf8JsonReader reader, HashSet<long>? words) => reader.TokenType switch
    {
        JsonTokenType.StartObject => JsonTokens.Object,
        JsonTokenType.StartArray => JsonTokens.Array,
        JsonTokenType.String => words?.Contains(reader.TokenStartIndex) == true ? JsonTokens.Number : JsonTokens.String,
        JsonTokenType.Number => JsonTokens.Number,
        JsonTokenType.True or JsonTokenType.False => JsonTokens.Boolean,
        JsonTokenType.Null => JsonTokens.Null,
        _ => JsonTokens.None,
    };
}
