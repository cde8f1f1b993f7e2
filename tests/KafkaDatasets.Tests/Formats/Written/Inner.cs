namespace KafkaDatasets.Tests.Formats.Written;

public sealed class Inner
{
    public float X { get; set; }

    public List<string> Tags { get; set; } = [];
}
