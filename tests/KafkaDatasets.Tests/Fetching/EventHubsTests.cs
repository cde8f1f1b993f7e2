using KafkaDatasets.Tests.Fetching.Direct;
using Xunit;

namespace KafkaDatasets.Tests.Fetching;

/// <summary>A broker with the versions of Azure Event Hubs (Metadata to 5, Fetch 4 to 6, Produce 3 to 7), which refuses snappy with error 43.</summary>
public class EventHubsTests
{
    private const int Rows = 3000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FetchEngine.Auto)]
    [InlineData(FetchEngine.Consumer)]
    public async Task Rows_are_written_and_read(FetchEngine engine)
    {
        await using ScriptedBroker broker = Broker();
        await WriteAsync(broker, "gzip");

        await using KafkaDataset dataset = await KafkaDataset.OpenAsync(ScriptedBroker.Topic, new KafkaDatasetOptions { BootstrapServers = broker.Address, Format = RecordFormat.Float32(["X"]), Engine = engine }, Cancelled);
        var rows = new List<float>();
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: Cancelled))
        {
            using (batch)
            {
                for (int i = 0; i < batch.Rows; i++)
                {
                    rows.Add(batch.Features[i, 0]);
                }
            }
        }

        Assert.Equal(Enumerable.Range(0, Rows).Select(i => (float)i), rows);
        Assert.Contains((1, 6), broker.Requests);
        Assert.Contains((3, 5), broker.Requests);
    }

    [Fact]
    public async Task Refused_snappy_names_the_setting()
    {
        await using ScriptedBroker broker = Broker();

        var e = await Assert.ThrowsAsync<KafkaWriteException>(() => WriteAsync(broker, null));

        Assert.Equal(43, e.ErrorCode);
        Assert.Contains("compression.type", e.Message, StringComparison.Ordinal);
        Assert.Equal((0, Rows), (e.Written, e.NotWritten));
    }

    private static ScriptedBroker Broker() => new() { Log = new() { [0] = [], [1] = [] }, Versions = ScriptedBroker.EventHubs, TakesClients = true, RefusesSnappy = true, Id = null };

    private static async Task WriteAsync(ScriptedBroker broker, string? compression)
    {
        var options = new KafkaWriterOptions
        {
            BootstrapServers = broker.Address,
            ClientConfig = compression is null ? new Dictionary<string, string>() : new() { ["compression.type"] = compression },
            Format = WriteFormat.Float32,
            Partitions = 2,
        };
        await using KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync(ScriptedBroker.Topic, options, Cancelled);
        for (int i = 0; i < Rows; i++)
        {
            await writer.WriteAsync(new Row(i), Cancelled);
        }

        await writer.FlushAsync(Cancelled);
    }

    public sealed record Row(float X);
}
