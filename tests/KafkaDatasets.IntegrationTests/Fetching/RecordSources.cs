using KafkaDatasets.Fetching;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.Ranges;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>Reading at the seam of the two engines.</summary>
internal static class RecordSources
{
    public static IFetchEngine Create(
        FetchEngine engine, string bootstrapServers, IReadOnlyDictionary<string, string>? clientConfig = null, DataLossPolicy onDataLoss = DataLossPolicy.Throw, int seconds = 30) =>
        FetchEngines.Create(
            engine,
            new FetchContext(bootstrapServers, clientConfig ?? new Dictionary<string, string>(), onDataLoss, TimeSpan.FromSeconds(seconds), NullLogger.Instance, TimeProvider.System));

    public static IFetchEngine Create(FetchEngine engine, KafkaDriver kafka, DataLossPolicy onDataLoss = DataLossPolicy.Throw) =>
        Create(engine, kafka.BootstrapServers, kafka.ClientConfig, onDataLoss);

    /// <summary>Reads every partition of a snapshot to its end, one after the other.</summary>
    public static async Task<List<LogRecord>> ReadAsync(IFetchEngine engine, DatasetSnapshot snapshot, long bytes, CancellationToken cancellationToken)
    {
        var records = new List<LogRecord>();
        await using IRecordSource source = engine.OpenSource(ReadOrder.Of(snapshot), bytes);
        for (int i = 0; i < snapshot.Partitions.Count; i++)
        {
            await ReadAsync(source, snapshot, i, records, cancellationToken);
        }

        return records;
    }

    /// <summary>Reads one partition of a pass to its end.</summary>
    public static async Task ReadAsync(IRecordSource source, DatasetSnapshot snapshot, int index, List<LogRecord> records, CancellationToken cancellationToken)
    {
        while (await ReadChunkAsync(source, snapshot, index, records, cancellationToken))
        {
        }
    }

    /// <summary>Reads one chunk, and checks what it says of the position; false at the partition's end.</summary>
    public static async Task<bool> ReadChunkAsync(IRecordSource source, DatasetSnapshot snapshot, int index, List<LogRecord> records, CancellationToken cancellationToken)
    {
        if (await source.ReadAsync(index, cancellationToken) is not { } chunk)
        {
            return false;
        }

        PartitionRange range = snapshot.Partitions[index];
        long position = records is [.., var last] && last.Partition == range.Partition ? last.Offset + 1 : range.Start;
        Assert.Equal(range.Partition, chunk.Partition);
        foreach (ref readonly RecordEntry entry in chunk.Entries.AsSpan(0, chunk.Count))
        {
            Assert.InRange(entry.Offset, position, chunk.NextOffset - 1);
            position = entry.Offset + 1;
            records.Add(LogRecord.Of(chunk, entry));
        }

        Assert.InRange(chunk.NextOffset, position, range.End);
        chunk.Release();
        return true;
    }
}
