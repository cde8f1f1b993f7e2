using KafkaDatasets.Decoding;
using KafkaDatasets.Tests.Fetching;
using Xunit;

namespace KafkaDatasets.Tests.Golden;

/// <summary>What Confluent's serializers wrote, by view and by batches, without a broker.</summary>
public sealed class GoldenDecodingTests
{
    public static TheoryData<string> Topics => GoldenVectors.Topics("avro", "json", "protobuf");

    [Theory]
    [MemberData(nameof(Topics))]
    public Task Dataset_holds_the_values_that_were_serialized(string topic) => CheckAsync(topic);

    /// <summary>Without any fast path.</summary>
    [Theory]
    [MemberData(nameof(Topics))]
    public Task Plans_that_run_step_by_step_give_the_same_values(string topic)
    {
        CompiledPlan.Interpret.Value = true; // for this test alone: it is the context's own
        return CheckAsync(topic);
    }

    private static async Task CheckAsync(string topic)
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
