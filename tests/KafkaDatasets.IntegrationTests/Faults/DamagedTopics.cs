using System.Buffers.Binary;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Fetching;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>Topics with one byte changed in a batch in the middle of a partition, in the broker's file. The node is theirs alone: it could not recover from that if it were killed.</summary>
public sealed class DamagedTopics : IDisposable
{
    /// <summary>The partition that is damaged.</summary>
    public const int Partition = 1;

    private const int Rows = 3000;

    private readonly Lazy<Task<Dictionary<int, (FaultTopic Topic, LoggedBatch Batch)>>> _damaged;
    private KafkaCluster? _cluster;
    private KafkaDriver? _kafka;

    public DamagedTopics() => _damaged = new(DamageAsync);

    /// <summary>Places in the records, in the checksum, in the attributes.</summary>
    public static IReadOnlyList<int> Checked { get; } = [700, 18, 22];

    /// <summary>Places in the number of offsets: it becomes far too large, and too small.</summary>
    public static IReadOnlyList<int> EndsElsewhere { get; } = [24, 26];

    public static IReadOnlyList<int> LengthAndFormat { get; } = [8, 9, 11, 16];

    public static IReadOnlyList<int> BaseOffset { get; } = [3, 6, 7];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The topic whose batch has that byte changed.</summary>
    internal async Task<(FaultTopic Topic, LoggedBatch Batch)> GetAsync(int where) => (await _damaged.Value)[where];

    public void Dispose()
    {
        _kafka?.Dispose();
        _cluster?.Dispose();
    }

    private async Task<Dictionary<int, (FaultTopic Topic, LoggedBatch Batch)>> DamageAsync()
    {
        _cluster = await KafkaCluster.StartAsync(SharedKafka.Home(), new KafkaClusterSettings { HasProxies = true }, Cancelled);
        _kafka = new KafkaDriver(_cluster.BootstrapServers) { Cluster = _cluster };
        KafkaNode node = _cluster.Nodes[0];
        var damaged = new Dictionary<int, (FaultTopic Topic, LoggedBatch Batch)>();
        foreach (int where in (int[])[.. Checked, .. EndsElsewhere, .. LengthAndFormat, .. BaseOffset])
        {
            FaultTopic topic = await FaultTopic.WriteAsync(_kafka, Rows);
            damaged[where] = (topic, LoggedBatch.Read(node.LogDirectory, topic.Name, Partition).First(b => b.First > 400 && b.Last < 900));
        }

        await node.StopAsync(Cancelled); // so that it does not look through its files when it starts
        foreach ((int where, (FaultTopic topic, LoggedBatch batch)) in damaged)
        {
            Flip(node, topic.Name, batch, where);
        }

        node.Start();
        await _cluster.WaitForBrokersAsync(1, Cancelled);
        return damaged;
    }

    /// <summary>Changes a byte of a batch.</summary>
    private static void Flip(KafkaNode node, string topic, LoggedBatch batch, int where)
    {
        using var file = new FileStream(Path.Combine(node.LogDirectory, $"{topic}-{Partition}", "00000000000000000000.log"), FileMode.Open);
        byte[] head = new byte[12];
        for (long at = 0; ; at += 12 + BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(8)))
        {
            file.Position = at;
            file.ReadExactly(head);
            if (BinaryPrimitives.ReadInt64BigEndian(head) == batch.First)
            {
                file.Position = at + where;
                int value = file.ReadByte();
                file.Position = at + where;
                file.WriteByte((byte)(value ^ 0x10));
                return;
            }
        }
    }
}
