namespace KafkaDatasets.LightGbm.Engine;

/// <summary>Names of features as LightGBM allows them.</summary>
internal static class FeatureName
{
    /// <summary>Returns the name without white space and the characters of JSON, which LightGBM refuses.</summary>
    public static string Escape(string name) => string.Concat(name.Select(c => char.IsWhiteSpace(c) || c is '"' or ',' or ':' or '[' or ']' or '{' or '}' ? '_' : c));
}
