using System.Buffers.Binary;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Fetching;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>A byte that is another in a broker's file.</summary>
[Collection(ThreeNodes.Name)]
public sealed class CorruptionTests(ThreeNodes nodes)
{
    private const int Rows = 3000;
    private const int Partition = 1;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task Corrupt_batch_on_disk()
    {
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows);
        KafkaNode leader = ThreeNodes.LeaderOf(kafka, topic.Name, Partition);
        LoggedBatch batch = LoggedBatch.Read(leader.LogDirectory, topic.Name, Partition).First(b => b.First > 400 && b.Last < 900);
        await leader.StopAsync(Cancelled); // it must not look through its files when it starts
        Flip(leader, topic.Name, batch);
        leader.Start();
        await cluster.WaitForBrokersAsync(3, Cancelled);

        Outcome[] outcomes = await new FaultyRead { AfterRows = -1 }.RunAsync(topic);
        Assert.All(outcomes, o =>
        {
            RecordBatchException e = o.Failed<RecordBatchException>(topic, 30);
            Assert.Equal((Partition, batch.First), (e.Partition, e.Offset));
            Assert.DoesNotContain(o.Rows, r => r.Partition == Partition && r.Offset >= batch.First);
        });

        using var lost = new LostOffsets(topic.Name);
        outcomes = await new FaultyRead { AfterRows = -1, OnDataLoss = DataLossPolicy.Skip }.RunAsync(topic);
        Assert.All(outcomes, o => o.IsExact(topic, r => r.Partition != Partition || r.Offset < batch.First || r.Offset > batch.Last));
        Assert.Equal(outcomes.Length * (batch.Last - batch.First + 1), lost.Count);
    }

    /// <summary>Changes a byte of the records of a batch.</summary>
    private static void Flip(KafkaNode node, string topic, LoggedBatch batch)
    {
        using var file = new FileStream(Path.Combine(node.LogDirectory, $"{topic}-{Partition}", "00000000000000000000.log"), FileMode.Open);
        byte[] head = new byte[12];
        for (long at = 0; ; at += 12 + BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(8)))
        {
            file.Position = at;
            file.ReadExactly(head);
            if (BinaryPrimitives.ReadInt64BigEndian(head) == batch.First)
            {
                file.Position = at + 700;
                int value = file.ReadByte();
                file.Position = at + 700;
                file.WriteByte((byte)(value ^ 0x10));
                return;
            }
        }
    }
}
