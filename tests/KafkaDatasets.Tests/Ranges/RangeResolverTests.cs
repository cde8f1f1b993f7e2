using KafkaDatasets.Ranges;
using Xunit;

namespace KafkaDatasets.Tests.Ranges;

public sealed class RangeResolverTests
{
    private static readonly Guid Id = Guid.Parse("11111111-2222-3333-4444-555555555555");
    private static readonly DateTimeOffset Epoch = DateTimeOffset.UnixEpoch;
    private static readonly FakeOffsets Brokers = new(Id, (0, 0, 5, [10, 20, 30, 40, 50]), (1, 100, 104, [5, 25, 15, 45]), (2, 7, 7, []));

    [Fact]
    public async Task All_is_from_the_logs_start_to_the_last_stable_offset()
    {
        DatasetSnapshot snapshot = await Resolve(TopicRange.All);
        Assert.Equal([new(0, 0, 5), new(1, 100, 104), new(2, 7, 7)], snapshot.Partitions);
        Assert.Equal("t", snapshot.Topic);
        Assert.Equal(Id, snapshot.TopicId);
        Assert.Equal(9, snapshot.Length);
    }

    [Fact]
    public async Task Partitions_are_whole()
    {
        Assert.Equal([new(0, 0, 5), new(2, 7, 7)], (await Resolve(TopicRange.Partitions(2, 0))).Partitions);
        Assert.Empty((await Resolve(TopicRange.Partitions())).Partitions);
    }

    [Fact]
    public async Task Offsets_are_taken_as_they_are()
    {
        Assert.Equal([new(0, 2, 2), new(1, 101, 104)], (await Resolve(TopicRange.Offsets(new PartitionRange(1, 101, 104), new PartitionRange(0, 2, 2)))).Partitions);
        Assert.Equal([new(1, 100, 101)], (await Resolve(TopicRange.Offsets(1, 100, 101))).Partitions);
    }

    [Theory]
    [InlineData(20.0, 40.0, 1, 3, 101, 103)] // partition 1: the first at or after 20 is the record of 25, that of 40 the one of 45, whatever lies between
    [InlineData(20.0, 20.0, 1, 1, 101, 101)]
    [InlineData(null, 20.0, 0, 1, 100, 101)]
    [InlineData(45.0, null, 4, 5, 103, 104)]
    [InlineData(null, null, 0, 5, 100, 104)]
    [InlineData(51.0, 99.0, 5, 5, 104, 104)]
    [InlineData(-999.0, 10.0, 0, 0, 100, 101)]
    [InlineData(20.5, 40.5, 2, 4, 101, 103)] // a record of 20 ms is before 20.5 ms
    public async Task Timestamps_bound_by_the_first_record_at_or_after(double? from, double? to, long start0, long end0, long start1, long end1)
    {
        DatasetSnapshot snapshot = await Resolve(TopicRange.Timestamps(At(from), At(to)));
        Assert.Equal([new(0, start0, end0), new(1, start1, end1), new(2, 7, 7)], snapshot.Partitions);
    }

    [Fact]
    public async Task A_snapshot_stays_what_it_was()
    {
        var saved = new DatasetSnapshot("t", Id, [new(0, 1, 3), new(1, 100, 102)], 17);
        DatasetSnapshot opened = await Resolve(TopicRange.Snapshot(DatasetSnapshot.Parse(saved.ToJson())));
        Assert.Equal(saved.ToJson(), opened.ToJson());
        Assert.Equal(17, opened.StripeLength);
    }

    [Fact]
    public async Task A_topic_recreated_is_loss_whatever_the_policy()
    {
        var other = Guid.Parse("99999999-2222-3333-4444-555555555555");
        foreach (DataLossPolicy policy in Enum.GetValues<DataLossPolicy>())
        {
            DataLossException e = await Assert.ThrowsAsync<DataLossException>(() => Resolve(TopicRange.Snapshot(new DatasetSnapshot("t", other, [new(0, 0, 1)])), policy));
            Assert.Equal("t", e.Topic);
            Assert.Contains(Id.ToString(), e.Message);
            Assert.Contains(other.ToString(), e.Message);
        }
    }

    [Fact]
    public async Task A_topic_whose_id_nobody_knows_is_taken_as_the_same()
    {
        Assert.Equal(1, (await Resolve(TopicRange.Snapshot(new DatasetSnapshot("t", null, [new(0, 0, 1)])))).Length);
        var old = new FakeOffsets(null, (0, 0, 5, []));
        Assert.Equal(1, (await RangeResolver.ResolveAsync(old, "t", TopicRange.Snapshot(new DatasetSnapshot("t", Id, [new(0, 0, 1)])), DataLossPolicy.Throw, TestContext.Current.CancellationToken)).Length);
    }

    [Fact]
    public async Task Offsets_below_the_logs_start_are_loss()
    {
        foreach (TopicRange range in Both(new PartitionRange(1, 90, 103)))
        {
            DataLossException e = await Assert.ThrowsAsync<DataLossException>(() => Resolve(range));
            Assert.Equal(("t", 1, 90L), (e.Topic, e.Partition, e.Offset));
            Assert.Contains("90 to 100", e.Message);
            Assert.Equal([new(1, 90, 103)], (await Resolve(range, DataLossPolicy.Skip)).Partitions);
        }

        DataLossException all = await Assert.ThrowsAsync<DataLossException>(() => Resolve(TopicRange.Offsets(1, 20, 30)));
        Assert.Contains("20 to 30", all.Message);
    }

    [Fact]
    public async Task An_end_beyond_the_log_is_an_invalid_range_but_for_a_snapshot_which_had_it()
    {
        foreach (DataLossPolicy policy in Enum.GetValues<DataLossPolicy>())
        {
            InvalidOptionsException offsets = await Assert.ThrowsAsync<InvalidOptionsException>(() => Resolve(TopicRange.Offsets(new PartitionRange(1, 100, 105), new PartitionRange(0, 9, 12)), policy));
            Assert.Equal(("t", 0, 12L), (offsets.Topic, offsets.Partition, offsets.Offset));
            Assert.Equal(2, offsets.Faults.Count);
            Assert.Contains("offset 105, beyond the end of the log: the last stable offset of partition 1 is 104", offsets.Message);
            DataLossException snapshot = await Assert.ThrowsAsync<DataLossException>(() => Resolve(TopicRange.Snapshot(new DatasetSnapshot("t", Id, [new(1, 100, 105)])), policy));
            Assert.Equal(("t", 1, 105L), (snapshot.Topic, snapshot.Partition, snapshot.Offset));
        }
    }

    [Fact]
    public async Task Open_ends_are_the_logs_ends()
    {
        Assert.Equal([new(0, 3, 5), new(1, 101, 102)], (await Resolve(TopicRange.Offsets(PartitionRange.From(0, 3), new PartitionRange(1, 101, 102)))).Partitions);
        Assert.Equal([new(1, 104, 104)], (await Resolve(TopicRange.Offsets(1, 104))).Partitions);
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => Resolve(TopicRange.Offsets(1, 105)));
        Assert.Contains("1[105, end)", e.Message);
        await Assert.ThrowsAsync<DataLossException>(() => Resolve(TopicRange.Offsets(1, 90)));
    }

    [Fact]
    public async Task After_a_snapshot_comes_what_is_new_in_its_partitions()
    {
        var saved = new DatasetSnapshot("t", Id, [new(0, 1, 3), new(1, 100, 104)], 17);
        DatasetSnapshot after = await Resolve(TopicRange.After(saved));
        Assert.Equal([new(0, 3, 5), new(1, 104, 104)], after.Partitions);
        Assert.Equal(17, after.StripeLength);
        await Assert.ThrowsAsync<DataLossException>(() => Resolve(TopicRange.After(new DatasetSnapshot("t", Id, [new(0, 0, 6)]))));
        await Assert.ThrowsAsync<DataLossException>(() => Resolve(TopicRange.After(new DatasetSnapshot("t", Id, [new(1, 80, 90)]))));
        await Assert.ThrowsAsync<DataLossException>(() => Resolve(TopicRange.After(new DatasetSnapshot("t", Guid.NewGuid(), [new(0, 1, 3)]))));
    }

    [Fact]
    public async Task What_is_produced_while_a_range_is_resolved_is_not_in_it()
    {
        var brokers = new GrowingOffsets();
        foreach (TopicRange range in (TopicRange[])[TopicRange.Timestamps(DateTimeOffset.UtcNow.AddHours(1)), TopicRange.Timestamps(DateTimeOffset.UtcNow.AddHours(1), DateTimeOffset.UtcNow.AddHours(2))])
        {
            Assert.Equal(0, (await RangeResolver.ResolveAsync(brokers, "t", range, DataLossPolicy.Throw, TestContext.Current.CancellationToken)).Length);
        }
    }

    [Fact]
    public async Task An_unknown_partition_is_named()
    {
        foreach (TopicRange range in (TopicRange[])[TopicRange.Partitions(0, 3), .. Both(new PartitionRange(3, 0, 0))])
        {
            TopicNotFoundException e = await Assert.ThrowsAsync<TopicNotFoundException>(() => Resolve(range));
            Assert.Equal(("t", 3), (e.Topic, e.Partition));
        }
    }

    [Fact]
    public async Task Cancellation_is_passed_on()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await RangeResolver.ResolveAsync(Brokers, "t", TopicRange.All, DataLossPolicy.Throw, cancelled.Token));
    }

    private static TopicRange[] Both(PartitionRange range) => [TopicRange.Offsets(range), TopicRange.Snapshot(new DatasetSnapshot("t", Id, [range]))];

    private static DateTimeOffset? At(double? milliseconds) => milliseconds is { } ms ? Epoch.AddMilliseconds(ms) : null;

    private static Task<DatasetSnapshot> Resolve(TopicRange range, DataLossPolicy policy = DataLossPolicy.Throw) =>
        RangeResolver.ResolveAsync(Brokers, "t", range, policy, TestContext.Current.CancellationToken).AsTask();
}
