using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Decoding;

/// <summary>What Confluent's serializers wrote, through a real broker.</summary>
public sealed class GoldenTopicTests(SharedKafka shared)
{
    public static TheoryData<string> Topics => GoldenVectors.Topics("avro", "json", "protobuf");

    [Theory]
    [MemberData(nameof(Topics))]
    public async Task Dataset_holds_the_values_that_were_serialized(string topic)
    {
        IReadOnlyList<GoldenVector> vectors = GoldenVectors.OfTopic(topic);
        KafkaDriver kafka = await shared.KafkaAsync();
        string kafkaTopic = await kafka.CreateTopicAsync();
        await GoldenDataset.CheckAsync(kafka.BootstrapServers, kafkaTopic, vectors, TestContext.Current.CancellationToken);
    }
}
