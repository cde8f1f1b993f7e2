namespace KafkaDatasets.Tests.Fetching;

/// <summary>The log of one partition: offsets from <paramref name="Start"/> to <paramref name="End"/>, of which only some hold a record.</summary>
internal sealed record FakePartition(int Partition, long Start, long End, IReadOnlyList<FakeRecord> Records)
{
    /// <summary>A log of consecutive records from offset 0 on.</summary>
    public static FakePartition Of(int partition, IEnumerable<byte[]> values) => Of(partition, [.. values.Select((v, i) => new FakeRecord(i, v))]);

    /// <summary>A log from offset 0 to the last record.</summary>
    public static FakePartition Of(int partition, IReadOnlyList<FakeRecord> records) =>
        new(partition, 0, records.Count == 0 ? 0 : records[^1].Offset + 1, records);
}
