namespace KafkaDatasets.Decoding;

/// <summary>A part of a record that a format reads: the value or the key.</summary>
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

    /// <summary>The name in messages, which is also the suffix of the subject's name.</summary>
    public string Name { get; }

    /// <summary>The prefix of its column names, before a dot.</summary>
    public string Root { get; }

    /// <summary>The header that holds the id of the writer's schema.</summary>
    public string SchemaHeader { get; }

    public byte[] SchemaHeaderBytes { get; }

    /// <summary>Returns the subject used by the default strategy of Confluent's serializers (<c>TopicNameStrategy</c>).</summary>
    public string Subject(string topic) => $"{topic}-{Name}";

    public override string ToString() => Name;
}
