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

    /// <summary>A byte that the checksum is of: in the records, in the checksum itself, in the attributes, in the offset of the last record.</summary>
    [Theory(Timeout = 300_000)]
    [InlineData(700)]
    [InlineData(18)]
    [InlineData(22)]
    public async Task Corrupt_batch_on_disk(int damaged)
    {
        (FaultTopic topic, LoggedBatch batch) = await DamageAsync(damaged);

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

    /// <summary>The number of offsets in a batch is one that is too small, or far too large: where it ends, the next one tells.</summary>
    [Theory(Timeout = 300_000)]
    [InlineData(24)]
    [InlineData(26)]
    public async Task Corrupt_batch_that_says_it_ends_elsewhere(int damaged)
    {
        (FaultTopic topic, LoggedBatch batch) = await DamageAsync(damaged);
        using var lost = new LostOffsets(topic.Name);

        Outcome[] outcomes = await new FaultyRead { AfterRows = -1, OnDataLoss = DataLossPolicy.Skip, Ways = Way.By(FetchEngine.Direct) }.RunAsync(topic);

        Assert.All(outcomes, o => o.IsExact(topic, r => r.Partition != Partition || r.Offset < batch.First || r.Offset > batch.Last));
        Assert.Equal(outcomes.Length * (batch.Last - batch.First + 1), lost.Count);
    }

    /// <summary>What there is no checksum of, or what it takes to find that: the length and the format. The end of the batch cannot be known: there is no way past it.</summary>
    [Theory(Timeout = 300_000)]
    [InlineData(8, DataLossPolicy.Throw)]
    [InlineData(9, DataLossPolicy.Throw)]
    [InlineData(11, DataLossPolicy.Throw)]
    [InlineData(11, DataLossPolicy.Skip)]
    [InlineData(16, DataLossPolicy.Throw)]
    [InlineData(16, DataLossPolicy.Skip)]
    public async Task Damaged_length_or_format(int damaged, DataLossPolicy policy)
    {
        const int timeout = 5;
        (FaultTopic topic, LoggedBatch batch) = await DamageAsync(damaged);

        Outcome[] outcomes = await new FaultyRead { AfterRows = -1, OnDataLoss = policy, Timeout = timeout }.RunAsync(topic);

        Assert.All(outcomes, o =>
        {
            KafkaDatasetException e = o.Failed<KafkaDatasetException>(topic, (2 * timeout) + 10);
            Assert.Equal(Partition, e.Partition);
            Assert.InRange(e.Offset!.Value, batch.First, policy == DataLossPolicy.Skip ? batch.Last + 1 : batch.First);
            Assert.DoesNotContain(o.Rows, r => r.Partition == Partition && r.Offset >= batch.First);
        });
    }

    /// <summary>Base offsets have no checksum: the direct engine finds that batches lie one over the other, or beyond the log's end. No row of the batch has been given then.</summary>
    [Theory(Timeout = 300_000)]
    [InlineData(7)]
    [InlineData(6)]
    [InlineData(3)]
    public async Task Damaged_offset(int damaged)
    {
        (FaultTopic topic, LoggedBatch batch) = await DamageAsync(damaged);

        Outcome[] outcomes = await new FaultyRead { AfterRows = -1, OnDataLoss = DataLossPolicy.Skip, Ways = Way.By(FetchEngine.Direct) }.RunAsync(topic);

        Assert.All(outcomes, o => Assert.Equal((Partition, batch.First), (o.Failed<RecordBatchException>(topic, 30).Partition, o.Error is RecordBatchException e ? e.Offset : null)));
    }

    /// <summary>Writes a topic, and changes a byte of a batch in the middle of a partition, in its leader's file.</summary>
    private async Task<(FaultTopic Topic, LoggedBatch Batch)> DamageAsync(int where)
    {
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows);
        KafkaNode leader = ThreeNodes.LeaderOf(kafka, topic.Name, Partition);
        LoggedBatch batch = LoggedBatch.Read(leader.LogDirectory, topic.Name, Partition).First(b => b.First > 400 && b.Last < 900);
        await leader.StopAsync(Cancelled); // it must not look through its files when it starts
        Flip(leader, topic.Name, batch, where);
        leader.Start();
        await cluster.WaitForBrokersAsync(3, Cancelled);
        return (topic, batch);
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
