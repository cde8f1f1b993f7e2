using KafkaDatasets.Tests.Fetching;
using Xunit;

namespace KafkaDatasets.Tests.Golden;

/// <summary>What Confluent's serializers wrote, by view and by batches, without a broker.</summary>
public sealed class GoldenDecodingTests
{
    public static TheoryData<string> Topics => GoldenVectors.Topics("avro", "json", "protobuf");

    [Theory]
    [MemberData(nameof(Topics))]
    public async Task Dataset_holds_the_values_that_were_serialized(string topic)
    {
        IReadOnlyList<GoldenVector> vectors = GoldenVectors.OfTopic(topic);
        FakeRecord[] records = [.. vectors.Select((v, offset) => new FakeRecord(offset, v.Value) { Headers = [.. v.Headers.Select(h => (h.Key, (byte[]?)h.Value))] })];
        var engine = new FakeEngine([FakePartition.Of(0, records)]) { Topic = topic, ChunkRecords = 3 };
        await GoldenDataset.CheckAsync(
            topic,
            vectors,
            registry => engine.OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry, ExtraColumns = GoldenDataset.ExtraColumns(vectors) }),
            TestContext.Current.CancellationToken);
    }
}
