namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>The supported versions of a request, both ends included.</summary>
internal readonly record struct VersionRange(short Min, short Max)
{
    public override string ToString() => $"{Min} to {Max}";
}
