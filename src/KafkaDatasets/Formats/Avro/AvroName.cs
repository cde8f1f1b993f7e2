namespace KafkaDatasets.Formats.Avro;

/// <summary>Avro's rule for names of records, fields and enum symbols (specification, "Names").</summary>
internal static class AvroName
{
    public const string Rule = "a letter or _, then letters, digits or _";

    public static bool IsValid(string name)
        => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
