using KafkaDatasets.IntegrationTests.Fetching;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>A byte that is another in a broker's file.</summary>
public sealed class CorruptionTests(DamagedTopics damagedTopics) : IClassFixture<DamagedTopics>
{
    public static TheoryData<int> CheckedPlaces => [.. DamagedTopics.Checked];

    public static TheoryData<int> PlacesOfTheEnd => [.. DamagedTopics.EndsElsewhere];

    public static TheoryData<int> PlacesOfTheOffset => [.. DamagedTopics.BaseOffset];

    public static MatrixTheoryData<int, DataLossPolicy> PlacesOfLengthAndFormat { get; } = new(DamagedTopics.LengthAndFormat, Enum.GetValues<DataLossPolicy>());

    /// <summary>A byte that the checksum is of, or one of its own.</summary>
    [Theory(Timeout = 300_000)]
    [MemberData(nameof(CheckedPlaces))]
    public async Task Corrupt_batch_on_disk(int damaged)
    {
        (FaultTopic topic, LoggedBatch batch) = await damagedTopics.GetAsync(damaged);

        Outcome[] outcomes = await new FaultyRead { AfterRows = -1 }.RunAsync(topic);
        Assert.All(outcomes, o =>
        {
            RecordBatchException e = o.Failed<RecordBatchException>(topic, 30);
            Assert.Equal((DamagedTopics.Partition, batch.First), (e.Partition, e.Offset));
            Assert.DoesNotContain(o.Rows, r => r.Partition == DamagedTopics.Partition && r.Offset >= batch.First);
        });

        using var lost = new LostOffsets(topic.Name);
        outcomes = await new FaultyRead { AfterRows = -1, OnDataLoss = DataLossPolicy.Skip }.RunAsync(topic);
        Assert.All(outcomes, o => o.IsExact(topic, r => r.Partition != DamagedTopics.Partition || r.Offset < batch.First || r.Offset > batch.Last));
        Assert.Equal(outcomes.Length * (batch.Last - batch.First + 1), lost.Count);
    }

    /// <summary>The number of offsets in a batch is one that is too small, or far too large: where it ends, the next one tells.</summary>
    [Theory(Timeout = 300_000)]
    [MemberData(nameof(PlacesOfTheEnd))]
    public async Task Corrupt_batch_that_says_it_ends_elsewhere(int damaged)
    {
        (FaultTopic topic, LoggedBatch batch) = await damagedTopics.GetAsync(damaged);
        using var lost = new LostOffsets(topic.Name);

        Outcome[] outcomes = await new FaultyRead { AfterRows = -1, OnDataLoss = DataLossPolicy.Skip, Ways = Way.By(FetchEngine.Direct) }.RunAsync(topic);

        Assert.All(outcomes, o => o.IsExact(topic, r => r.Partition != DamagedTopics.Partition || r.Offset < batch.First || r.Offset > batch.Last));
        Assert.Equal(outcomes.Length * (batch.Last - batch.First + 1), lost.Count);
    }

    /// <summary>What there is no checksum of, or what it takes to find that: the length and the format. The end of the batch cannot be known: there is no way past it.</summary>
    [Theory(Timeout = 300_000)]
    [MemberData(nameof(PlacesOfLengthAndFormat))]
    public async Task Damaged_length_or_format(int damaged, DataLossPolicy policy)
    {
        const int timeout = 5;
        (FaultTopic topic, LoggedBatch batch) = await damagedTopics.GetAsync(damaged);

        Outcome[] outcomes = await new FaultyRead { AfterRows = -1, OnDataLoss = policy, Timeout = timeout }.RunAsync(topic);

        Assert.All(outcomes, o =>
        {
            KafkaDatasetException e = o.Failed<KafkaDatasetException>(topic, (2 * timeout) + 10);
            Assert.Equal(DamagedTopics.Partition, e.Partition);
            Assert.InRange(e.Offset!.Value, batch.First, policy == DataLossPolicy.Skip ? batch.Last + 1 : batch.First);
            Assert.DoesNotContain(o.Rows, r => r.Partition == DamagedTopics.Partition && r.Offset >= batch.First);
        });
    }

    /// <summary>Base offsets have no checksum: the direct engine finds that batches lie one over the other, or beyond the log's end. No row of the batch has been given then.</summary>
    [Theory(Timeout = 300_000)]
    [MemberData(nameof(PlacesOfTheOffset))]
    public async Task Damaged_offset(int damaged)
    {
        (FaultTopic topic, LoggedBatch batch) = await damagedTopics.GetAsync(damaged);

        Outcome[] outcomes = await new FaultyRead { AfterRows = -1, OnDataLoss = DataLossPolicy.Skip, Ways = Way.By(FetchEngine.Direct) }.RunAsync(topic);

        Assert.All(outcomes, o => Assert.Equal((DamagedTopics.Partition, batch.First), (o.Failed<RecordBatchException>(topic, 30).Partition, o.Error is RecordBatchException e ? e.Offset : null)));
    }
}
