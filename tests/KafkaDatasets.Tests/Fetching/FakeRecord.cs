namespace KafkaDatasets.Tests.Fetching;

/// <summary>A record of a <see cref="FakeEngine"/>; a null value is a tombstone, which is no row.</summary>
internal sealed record FakeRecord(long Offset, byte[]? Value)
{
    public long Timestamp { get; init; } = 1_700_000_000_000;

    public byte[]? Key { get; init; }

    public IReadOnlyList<(string Key, byte[]? Value)> Headers { get; init; } = [];
}
