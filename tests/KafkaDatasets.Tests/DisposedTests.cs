using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests;

/// <summary>Calls after disposing: an exception that names the topic, never a result.</summary>
public sealed class DisposedTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FetchEngine.Direct)]
    [InlineData(FetchEngine.Consumer)]
    public async Task Every_call_names_the_topic(FetchEngine engine)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("gone", 1);
        var options = new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Float32(1), Engine = engine };
        KafkaDataset dataset = await KafkaDataset.OpenAsync("gone", options, Cancelled);
        IDataView view = dataset.ToDataView(new MLContext());
        await dataset.DisposeAsync();
        KafkaLiveDataset live = await KafkaLiveDataset.JoinAsync("gone", options, new LiveOptions { GroupId = "g" }, Cancelled);
        await live.DisposeAsync();
        await AssertNamedAsync(() => Task.FromResult(dataset.ReadBatchesAsync(cancellationToken: Cancelled)));
        await AssertNamedAsync(() => Task.FromResult(dataset.ToDataView(new MLContext())));
        await AssertNamedAsync(() => Task.FromResult(view.GetRowCursor(view.Schema)));
        await AssertNamedAsync(async () => await live.GetLagAsync(Cancelled));
        await AssertNamedAsync(async () => await live.ReadBatchesAsync(cancellationToken: Cancelled).GetAsyncEnumerator(Cancelled).MoveNextAsync());
    }

    private static async Task AssertNamedAsync<T>(Func<Task<T>> call) => Assert.Contains("'gone'", (await Assert.ThrowsAsync<ObjectDisposedException>(async () => await call())).Message);
}
