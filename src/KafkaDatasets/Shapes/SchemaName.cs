namespace KafkaDatasets.Shapes;

/// <summary>The rule, shared by Avro and Protobuf, for names of records, fields and enum symbols.</summary>
internal static class SchemaName
{
    public const string Rule = "a letter or _, then letters, digits or _";

    public static bool IsValid(string name)
        => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
