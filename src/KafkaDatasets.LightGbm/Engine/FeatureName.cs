namespace KafkaDatasets.LightGbm.Engine;

/// <summary>Names of features as LightGBM allows them.</summary>
internal static class FeatureName
{
    /// <summary>Returns the names without white space and the characters of JSON, which LightGBM refuses; names that are the same without them get a number.</summary>
    public static IReadOnlyList<string> Escape(IReadOnlyList<string> names)
    {
        string[] escaped = [.. names.Select(Escape)];
        var taken = new HashSet<string>(escaped.Where((name, i) => name == names[i])); // a name that is allowed stays as it is
        for (int i = 0; i < escaped.Length; i++)
        {
            string name = escaped[i];
            for (int number = 2; name != names[i] && !taken.Add(escaped[i]); number++)
            {
                escaped[i] = FormattableString.Invariant($"{name}_{number}");
            }
        }

        return escaped;
    }

    private static string Escape(string name) => string.Concat(name.Select(c => char.IsWhiteSpace(c) || c is '"' or ',' or ':' or '[' or ']' or '{' or '}' ? '_' : c));
}
