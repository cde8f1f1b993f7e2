using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Consumer;
using KafkaDatasets.Ranges;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Consumer;

/// <summary>Which partition a pass that makes no progress names.</summary>
public sealed class LatePartitionTests
{
    private static readonly FetchContext Context = new("unused:1", new Dictionary<string, string>(), DataLossPolicy.Throw, TimeSpan.FromSeconds(30), NullLogger.Instance, TimeProvider.System);

    /// <summary>The reader waits for records of partition 0, which have come and are held back until the topic is checked; nothing comes of partition 1.</summary>
    [Fact]
    public async Task A_partition_of_which_nothing_comes_is_named_before_the_one_that_the_reader_waits_for()
    {
        using ConsumerPass pass = Pass(2);
        ValueTask<RecordChunk?> read = pass.Queues[0].ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, pass.FindLate([]).Partition);
        Consume(pass.Queues[0]);
        Assert.Equal(1, pass.FindLate([]).Partition);
        pass.Complete(null);
        Assert.Null(await read);
    }

    [Fact]
    public async Task A_partition_without_a_leader_is_named_before_all_others()
    {
        using ConsumerPass pass = Pass(3);
        ValueTask<RecordChunk?> read = pass.Queues[0].ReadAsync(TestContext.Current.CancellationToken);
        Consume(pass.Queues[2]);
        Assert.Equal(2, pass.FindLate([2]).Partition);
        Assert.Equal(0, pass.FindLate([7]).Partition); // none of the pass
        pass.Complete(null);
        Assert.Null(await read);
    }

    private static ConsumerPass Pass(int partitions) =>
        new(Context, ReadOrder.Of(new DatasetSnapshot("t", null, [.. Enumerable.Range(0, partitions).Select(p => new PartitionRange(p, 0, 1000))])), bytes: 40_000);

    private static void Consume(PartitionQueue queue)
    {
        queue.GetOpen();
        queue.Account(100);
    }
}
