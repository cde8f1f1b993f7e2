using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Consumer;
using KafkaDatasets.Ranges;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Consumer;

/// <summary>The consumer engine's memory, while the question whether the topic is still the same is not answered.</summary>
public sealed class FlowControlTests
{
    private static readonly FetchContext Context = new("unused:1", new Dictionary<string, string>(), DataLossPolicy.Throw, TimeSpan.FromSeconds(30), NullLogger.Instance, TimeProvider.System);

    [Fact]
    public async Task A_partition_whose_records_wait_for_the_check_alone_is_held_back()
    {
        using var pass = new ConsumerPass(Context, ReadOrder.Of(new DatasetSnapshot("t", null, [new PartitionRange(0, 0, 1000), new PartitionRange(1, 0, 1000)])), bytes: 4000);
        var flow = new FlowControl(pass, NoClient.Create(out List<string> calls), null!);
        PartitionQueue queue = pass.Queues[0];
        ValueTask<RecordChunk?> read = queue.ReadAsync(TestContext.Current.CancellationToken);
        Assert.True(flow.Balance(pass.Queues));
        Assert.Empty(calls);

        RecordChunk consumed = Consume(queue, pass.Bytes);
        flow.Balance(pass.Queues);
        Assert.Empty(calls);
        Consume(queue, 1);
        flow.Balance(pass.Queues);
        Assert.Equal(["Pause"], calls);

        Assert.False(read.IsCompleted);
        pass.Unchecked.Dequeue().Deliver();
        Assert.Same(consumed, await read);
        consumed.Release();
        read = queue.ReadAsync(TestContext.Current.CancellationToken);
        Assert.True(flow.Balance(pass.Queues));
        Assert.Equal(["Pause", "Resume"], calls);
        pass.Complete(null);
        Assert.Null(await read);
    }

    private static RecordChunk Consume(PartitionQueue queue, long bytes)
    {
        RecordChunk chunk = queue.GetOpen();
        chunk.EnsureBytes((int)bytes);
        chunk.ByteCount += (int)bytes;
        queue.Account(bytes);
        queue.Position++;
        return chunk;
    }
}
