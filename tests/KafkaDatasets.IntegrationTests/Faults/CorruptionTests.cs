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

    /// <summary>Places in the records, in the checksum, in the attributes.</summary>
    private static readonly int[] Checked = [700, 18, 22];

    /// <summary>Places in the number of offsets: it becomes far too large, and too small.</summary>
    private static readonly int[] EndsElsewhere = [24, 26];

    private static readonly int[] LengthAndFormat = [8, 9, 11, 16];

    private static readonly int[] BaseOffset = [3, 6, 7];

    private static Task<Dictionary<int, (FaultTopic Topic, LoggedBatch Batch)>>? _damaged;

    public static TheoryData<int> CheckedPlaces => [.. Checked];

    public static TheoryData<int> PlacesOfTheEnd => [.. EndsElsewhere];

    public static TheoryData<int> PlacesOfTheOffset => [.. BaseOffset];

    public static MatrixTheoryData<int, DataLossPolicy> PlacesOfLengthAndFormat { get; } = new(LengthAndFormat, Enum.GetValues<DataLossPolicy>());

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A byte that the checksum is of, or one of its own.</summary>
    [Theory(Timeout = 300_000)]
    [MemberData(nameof(CheckedPlaces))]
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
    [MemberData(nameof(PlacesOfTheEnd))]
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
    [MemberData(nameof(PlacesOfLengthAndFormat))]
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
    [MemberData(nameof(PlacesOfTheOffset))]
    public async Task Damaged_offset(int damaged)
    {
        (FaultTopic topic, LoggedBatch batch) = await DamageAsync(damaged);

        Outcome[] outcomes = await new FaultyRead { AfterRows = -1, OnDataLoss = DataLossPolicy.Skip, Ways = Way.By(FetchEngine.Direct) }.RunAsync(topic);

        Assert.All(outcomes, o => Assert.Equal((Partition, batch.First), (o.Failed<RecordBatchException>(topic, 30).Partition, o.Error is RecordBatchException e ? e.Offset : null)));
    }

    /// <summary>A topic with a byte changed in a batch in the middle of a partition, in its leader's file.</summary>
    /// <param name="where">The byte's place in the batch.</param>
    private async Task<(FaultTopic Topic, LoggedBatch Batch)> DamageAsync(int where)
    {
        (KafkaCluster cluster, KafkaDriver kafka) = await nodes.HealthyAsync();
        _damaged ??= DamageAllAsync(cluster, kafka);
        return (await _damaged)[where];
    }

    /// <summary>All topics at once: a node must not look through its files when it starts, so that it is stopped before.</summary>
    private static async Task<Dictionary<int, (FaultTopic Topic, LoggedBatch Batch)>> DamageAllAsync(KafkaCluster cluster, KafkaDriver kafka)
    {
        var damaged = new Dictionary<int, (FaultTopic Topic, LoggedBatch Batch)>();
        var byLeader = new List<(KafkaNode Leader, int Where)>();
        foreach (int where in (int[])[.. Checked, .. EndsElsewhere, .. LengthAndFormat, .. BaseOffset])
        {
            FaultTopic topic = await FaultTopic.WriteAsync(kafka, Rows);
            KafkaNode leader = ThreeNodes.LeaderOf(kafka, topic.Name, Partition);
            damaged[where] = (topic, LoggedBatch.Read(leader.LogDirectory, topic.Name, Partition).First(b => b.First > 400 && b.Last < 900));
            byLeader.Add((leader, where));
        }

        foreach (IGrouping<KafkaNode, int> node in byLeader.GroupBy(d => d.Leader, d => d.Where))
        {
            await node.Key.StopAsync(Cancelled);
            foreach (int where in node)
            {
                Flip(node.Key, damaged[where].Topic.Name, damaged[where].Batch, where);
            }

            node.Key.Start();
            await cluster.WaitForBrokersAsync(3, Cancelled);
        }

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
