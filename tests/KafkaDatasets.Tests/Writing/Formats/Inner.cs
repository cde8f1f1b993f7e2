namespace KafkaDatasets.Tests.Writing.Formats;

public sealed class Inner
{
    public float X { get; set; }

    public List<string> Tags { get; set; } = [];
}
