namespace KafkaDatasets.Decoding;

/// <summary>A part of records that is read by a format: the value, or the key.</summary>
internal sealed class DataPart
{
    private DataPart(string name, string root)
    {
        Name = name;
        Root = root;
        SchemaHeader = $"__{name}_schema_id";
        SchemaHeaderBytes = System.Text.Encoding.UTF8.GetBytes(SchemaHeader);
    }

    public static DataPart Value { get; } = new("value", "");

    public static DataPart Key { get; } = new("key", "Key");

    /// <summary>What messages call it, and the end of its subject's name.</summary>
    public string Name { get; }

    /// <summary>What the names of its columns begin with, before a dot.</summary>
    public string Root { get; }

    /// <summary>The header with the schema that it was written by.</summary>
    public string SchemaHeader { get; }

    public byte[] SchemaHeaderBytes { get; }

    /// <summary>The subject that the default strategy of Confluent's serializers (<c>TopicNameStrategy</c>) writes it under.</summary>
    public string Subject(string topic) => $"{topic}-{Name}";

    public override string ToString() => Name;
}
