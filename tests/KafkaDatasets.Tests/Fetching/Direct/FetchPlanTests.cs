using KafkaDatasets.Fetching.Direct;
using KafkaDatasets.Fetching.Direct.Connection;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

/// <summary>What a fetcher asks for next.</summary>
public sealed class FetchPlanTests
{
    private const int Batch = 1 << 20;
    private const int Room = 3 * Batch;

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Room_is_kept_for_what_another_fetcher_has_to_fetch_sooner(int others, bool isChosen)
    {
        FetchPlan plan = Plan();
        SegmentReader own = Segment(partition: 0);
        plan.Add(own, turn: 10, isOwn: true);
        for (int i = 0; i < others; i++)
        {
            plan.Add(Segment(partition: i + 1), turn: i, isOwn: false);
        }

        plan.Choose(Memory(), Batch, bytesPerOffset: 0);

        Assert.Equal(isChosen ? [own] : [], plan.Segments);
    }

    [Fact]
    public void No_room_is_kept_for_what_another_fetcher_has_to_fetch_later()
    {
        FetchPlan plan = Plan();
        SegmentReader own = Segment(partition: 0);
        plan.Add(own, turn: 10, isOwn: true);
        plan.Add(Segment(partition: 1), turn: 11, isOwn: false);
        plan.Add(Segment(partition: 2), turn: 12, isOwn: false);

        plan.Choose(Memory(), Batch, bytesPerOffset: 0);

        Assert.Equal([own], plan.Segments);
    }

    [Fact]
    public void What_the_reader_waits_for_is_asked_for_in_any_case()
    {
        FetchPlan plan = Plan();
        SegmentReader own = Segment(partition: 0);
        plan.Add(Segment(partition: 1), turn: -1, isOwn: false);
        plan.Add(Segment(partition: 2), turn: -1, isOwn: false);
        plan.Add(own, turn: -1, isOwn: true);

        plan.Choose(Memory(), Batch, bytesPerOffset: 0);

        Assert.Equal([own], plan.Segments);
    }

    [Fact]
    public void A_request_has_each_partition_once_and_keeps_room_for_the_next_one()
    {
        FetchPlan plan = Plan();
        SegmentReader first = Segment(partition: 0);
        plan.Add(Segment(partition: 1), turn: 3, isOwn: true);
        plan.Add(Segment(partition: 0), turn: 2, isOwn: true);
        plan.Add(first, turn: 1, isOwn: true);

        plan.Choose(Memory(), Batch, bytesPerOffset: 0);

        Assert.Equal([first], plan.Segments);
    }

    private static FetchPlan Plan()
    {
        var plan = new FetchPlan(ClientSettings.Parse(new Dictionary<string, string>(), hasTokens: false));
        plan.Begin();
        return plan;
    }

    /// <summary>Room for two batches, each with a little more than its length.</summary>
    private static PassMemory Memory() => new(Room, static () => { }, takesWholeBatches: true);

    private static SegmentReader Segment(int partition) => new(partition, new PartitionRange(partition, 0, 1_000_000), null!);
}
